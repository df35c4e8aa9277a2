"""A changed password, address or second factor ends every other session of the person."""

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from allauth.usersessions.models import UserSession


def _end_others(sender, request, user, **kwargs) -> None:
    for session in UserSession.objects.filter(user=user):
        if session.session_key != request.session.session_key:
            session.end()


def connect() -> None:
    """Listen to allauth; called once at start."""
    for signal in (
        account_signals.password_changed,
        account_signals.password_set,
        account_signals.email_changed,
        mfa_signals.authenticator_added,
        mfa_signals.authenticator_removed,
        mfa_signals.authenticator_reset,
    ):
        signal.connect(_end_others, dispatch_uid="accounts.end_other_sessions")
