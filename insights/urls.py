"""The overview, its explanations, the forecast, the welcome."""

from django.urls import path

from insights import views

app_name = "insights"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("explain/<slug:figure>/", views.explain, name="explain"),
    path("forecast/", views.forecast, name="forecast"),
    path("forecast/<int:pk>/", views.forecast, name="forecast_account"),
    path("welcome/", views.welcome, name="welcome"),
    path("welcome/demo/", views.demo, name="demo"),
]
