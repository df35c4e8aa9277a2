"""One inbox a person."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    # /notifications/
    path("notifications/", views.notification_list, name="list"),
    path("notifications/newest/", views.newest, name="newest"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:pk>/open/", views.notification_open, name="open"),
    # /notifications/settings/
    path("notifications/settings/", views.settings_page, name="settings"),
    path("notifications/settings/test/", views.send_test, name="test"),
    path("notifications/settings/addresses/", views.address_add, name="address_add"),
    path(
        "notifications/settings/addresses/<int:pk>/remove/",
        views.address_remove,
        name="address_remove",
    ),
]
