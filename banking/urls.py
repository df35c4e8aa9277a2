"""Banks: connections, coverage, what banks call things."""

from django.urls import path

from banking import views

app_name = "banking"
urlpatterns = [
    path("banks/", views.connection_list, name="connection_list"),
    path("banks/connect/", views.connect, name="connect"),
    path("banks/callback/", views.callback, name="callback"),
    path("banks/coverage/", views.coverage, name="coverage"),
    path("banks/words/", views.labels, name="labels"),
    path("banks/<int:pk>/", views.connection_detail, name="connection_detail"),
    path("banks/<int:pk>/progress/", views.connection_progress, name="connection_progress"),
    path("banks/<int:pk>/accounts/", views.connection_choose, name="connection_choose"),
    path("banks/<int:pk>/act/", views.connection_act, name="connection_act"),
    path("banks/<int:pk>/disconnect/", views.connection_disconnect, name="connection_disconnect"),
]
