"""Where allauth asks us."""

from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.urls import reverse

from accounts.errors import InvitationError
from accounts.first_run import needs_setup_token
from accounts.services.households import find_invitation

INVITATION_KEY = "invitation"


def _on_site(url: str) -> str:
    return settings.SITE_URL.rstrip("/") + urlsplit(url).path


class AccountAdapter(DefaultAccountAdapter):
    """allauth's behaviour; sign-up may be closed but for the invited, who go on to their household."""

    def is_open_for_signup(self, request):
        return settings.SIGNUP_OPEN or needs_setup_token() or bool(self._invitation(request))

    def send_mail(self, template_prefix, email, context):
        """Mails name the app and lead to its configured address, whatever host was asked."""
        site = {"name": "Housebook", "domain": urlsplit(settings.SITE_URL).netloc}
        super().send_mail(template_prefix, email, {**context, "current_site": site})

    def get_reset_password_from_key_url(self, key):
        return _on_site(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request, emailconfirmation):
        return _on_site(super().get_email_confirmation_url(request, emailconfirmation))

    def get_signup_redirect_url(self, request):
        return self._next(request) or super().get_signup_redirect_url(request)

    def get_login_redirect_url(self, request):
        return self._next(request) or super().get_login_redirect_url(request)

    def _next(self, request) -> str:
        token = self._invitation(request)
        return reverse("accounts:invitation", args=[token]) if token else ""

    def _invitation(self, request) -> str:
        token = request.session.get(INVITATION_KEY, "")
        if not token:
            return ""
        try:
            find_invitation(token)
        except InvitationError:
            return ""
        return token
