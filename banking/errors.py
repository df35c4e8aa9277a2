"""Named errors of the room; their text is for people."""

from django.utils.translation import gettext_lazy as _

from banking.truelayer.errors import Remedy


class BankingError(Exception):
    """Something a person asked for is not possible. `str()` says why."""

    text = _("That is not possible.")

    def __init__(self, text=None):
        super().__init__(text or self.text)


class NoBanksError(BankingError):
    text = _("Banks are not set up on this server.")


class CallbackError(BankingError):
    """Somebody came back from a bank with something that does not fit."""

    text = _("This link back from the bank is not valid any more. Start again.")


class NotNowError(BankingError):
    text = _("This connection is not in a state for that.")


class LeaseLostError(Exception):
    """Another worker is at this connection now: stop, write nothing more."""


class QuotaSpentError(Exception):
    """The bank's requests of 24 hours without the person are used up."""


_WORDS = {
    "timeout": _("The bank did not answer in time."),
    "too_slow": _("The bank did not answer in time."),
    "no_connection": _("TrueLayer could not be reached."),
    "provider_down": _("The bank has not been answering; it is asked again later."),
    "provider_error": _("The bank's service is not available at the moment."),
    "temporarily_unavailable": _("The bank's service is not available at the moment."),
    "connector_overload": _("TrueLayer is overloaded at the moment."),
    "provider_timeout": _("The bank did not answer in time."),
    "connector_timeout": _("The bank did not answer in time."),
    "provider_too_many_requests": _("The bank asks us to wait."),
    "provider_request_limit_exceeded": _("The bank's limit of requests for today is reached."),
    "quota_spent": _("The bank's limit of requests for today is reached."),
    "not_json": _("The bank's answer could not be read."),
    "unexpected_answer": _("The bank's answer could not be read."),
    "answer_too_large": _("The bank's answer could not be read."),
    "invalid_grant": _("The bank's permission is over. Renew it."),
    "access_denied": _("The bank refuses access. Renew the connection."),
    "account_not_found": _("The bank does not share this account any more."),
    "endpoint_not_supported": _("The bank does not offer this."),
    "tokens_unreadable": _("The stored permission cannot be read on this server. Renew it."),
    "refresh_lost": _("The bank's permission was lost on the way. Renew it."),
    "wrong_bank": _("That was another bank. Renew the connection with the same one."),
    "account_closed": _("The account is closed in Housebook."),
    "died": _("It was tried several times and never ended."),
    "nothing_shared": _("The bank shares no account or card with us."),
}
_BY_REMEDY = {
    Remedy.USER: _("The bank asks you to renew the connection."),
    Remedy.LATER: _("The bank has a problem at the moment; it is asked again later."),
    Remedy.OPERATOR: _("The set-up of this server with TrueLayer is wrong."),
    Remedy.NONE: _("The bank does not offer this."),
}


def words_of(code: str, remedy: str = "") -> str:
    """An error code in words that a person understands; "" for none."""
    if not code:
        return ""
    if code in _WORDS:
        return str(_WORDS[code])
    return str(_BY_REMEDY.get(remedy, _BY_REMEDY[Remedy.LATER]))
