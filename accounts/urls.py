"""People: household, members, profile."""

from django.urls import path

from accounts.views import households, people

app_name = "accounts"
urlpatterns = [
    # /profile/
    path("profile/", people.profile, name="profile"),
    path("profile/theme/", people.theme, name="theme"),
    path("profile/delete/", people.user_delete, name="user_delete"),
    path("profile/keep/", people.user_keep, name="user_keep"),
    path("more/", people.more, name="more"),
    # /household/
    path("household/", households.household_settings, name="household_settings"),
    path("household/switch/", households.household_switch, name="household_switch"),
    path("household/leave/", households.household_leave, name="household_leave"),
    path("household/members/", households.member_list, name="member_list"),
    path("household/members/<int:pk>/role/", households.member_role, name="member_role"),
    path("household/members/<int:pk>/remove/", households.member_remove, name="member_remove"),
    path(
        "household/invitations/<int:pk>/withdraw/",
        households.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("household/audit/", households.audit, name="audit"),
    path("household/support/grant/", households.support_grant, name="support_grant"),
    path("household/support/end/", households.support_end, name="support_end"),
    path("household/data/", households.data, name="data"),
    path("household/export/", households.archive, name="archive"),
    path("household/delete/", households.household_delete, name="household_delete"),
    path("household/keep/", households.household_keep, name="household_keep"),
    # /invitations/
    path("invitations/<str:token>/", households.invitation, name="invitation"),
]
