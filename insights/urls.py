"""The overview, its explanations, the forecast, the welcome."""

from django.urls import path

from insights import views

app_name = "insights"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("plan/", views.plan, name="plan"),
    path("plan/why/", views.explain_safe, name="explain_safe"),
    path("explain/<slug:figure>/", views.explain, name="explain"),
    path("forecast/", views.forecast, name="forecast"),
    path("forecast/<int:pk>/", views.forecast, name="forecast_account"),
    path("welcome/", views.welcome, name="welcome"),
    path("welcome/demo/", views.demo, name="demo"),
]
