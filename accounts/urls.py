"""People: household, members, profile."""

app_name = "accounts"
urlpatterns = []
