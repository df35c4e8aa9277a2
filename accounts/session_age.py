"""How long somebody stays signed in.

Without "remember me": an hour idle, a day at most (OWASP ASVS 7.3). With it, as long as the cookie lives.
"""

import time

from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in

IDLE_SECONDS = 60 * 60
MOST_SECONDS = 24 * 60 * 60
NOTED_EVERY = 60
"""Seconds between writes of when somebody was last there."""
_BEGUN, _SEEN = "signed_in_at", "seen_at"


def connect() -> None:
    """Note when each session begins."""
    user_logged_in.connect(_begin, dispatch_uid="accounts.session_age.begin")


def _begin(sender, request, **kwargs) -> None:
    if hasattr(request, "session"):
        request.session[_BEGUN] = request.session[_SEEN] = int(time.time())


class SessionAgeMiddleware:
    """Sign out whoever was away for too long."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            self._look(request)
        return self.get_response(request)

    @staticmethod
    def _look(request) -> None:
        session, now = request.session, int(time.time())
        begun, seen = session.get(_BEGUN, 0), session.get(_SEEN, 0)
        is_old = now - begun > MOST_SECONDS or now - seen > IDLE_SECONDS
        if is_old and session.get_expire_at_browser_close():
            logout(request)
        elif now - seen > NOTED_EVERY:
            session[_SEEN] = now
