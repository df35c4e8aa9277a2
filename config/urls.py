"""The site map's top. `/auth/` is signing in, `/accounts/` is money."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from core import views as core_views

# Staff sign in where everybody does, second factor included.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("healthz", core_views.healthz, name="healthz"),
    path("readyz", core_views.readyz, name="readyz"),
    path("auth/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("ledger.urls")),
    path("", include("banking.urls")),
    path("", include("budget.urls")),
    path("", include("recurring.urls")),
    path("", include("notifications.urls")),
    path("", include("imports.urls")),
    path("", include("insights.urls")),
]
