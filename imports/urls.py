"""Files in: upload, wizard, batches."""

from django.urls import path

from imports import views

app_name = "imports"
urlpatterns = [
    path("imports/", views.job_list, name="job_list"),
    path("imports/new/", views.upload, name="upload"),
    path("imports/<int:pk>/", views.job_detail, name="job_detail"),
    path("imports/<int:pk>/progress/", views.job_progress, name="job_progress"),
    path("imports/<int:pk>/act/", views.job_act, name="job_act"),
]
