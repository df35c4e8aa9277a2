"""The overview."""

app_name = "insights"
urlpatterns = []
