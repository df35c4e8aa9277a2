"""Files in: upload, wizard, batches."""

app_name = "imports"
urlpatterns = []
