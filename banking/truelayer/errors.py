"""What TrueLayer and banks answer when it goes wrong, classified by who can mend it.

Codes and texts: https://docs.truelayer.com/docs/data-api-errors and the auth server's OpenAPI.
"""

from enum import StrEnum


class Remedy(StrEnum):
    """Who or what mends an error."""

    USER = "user"
    """The customer has to go to the bank again."""
    LATER = "later"
    """Waiting helps."""
    OPERATOR = "operator"
    """The configuration, or our program, is wrong."""
    NONE = "none"
    """Nothing is broken: this bank does not do this, or not for these days."""


class TrueLayerError(Exception):
    """An answer that is not a success. Never holds a token, an address with a code, or a body."""

    remedy = Remedy.LATER

    def __init__(
        self, code: str, *, status: int = 0, correlation_id: str = "", retry_after: int = 0
    ):
        self.code = code[:64]
        self.status = status
        self.correlation_id = correlation_id[:64]
        self.retry_after = retry_after
        super().__init__(f"{self.code} (HTTP {status or 'none'})")


class TransientError(TrueLayerError):
    """5xx, a time-out, a broken connection, an answer that is not what it should be."""


class RateLimitedError(TrueLayerError):
    """429. `is_daily`: the bank's unattended calls of 24 hours are used up."""

    @property
    def is_daily(self) -> bool:
        return self.code == "provider_request_limit_exceeded"


class ReconnectNeededError(TrueLayerError):
    """The consent is gone or over: the customer has to renew it."""

    remedy = Remedy.USER


class AccessDeniedError(TrueLayerError):
    """403 access_denied: for this request alone, or for all; the caller finds out which."""

    remedy = Remedy.USER


class ScaExceededError(TrueLayerError):
    """403 sca_exceeded: days this far back are shut until the customer is there again."""

    remedy = Remedy.NONE


class DateRangeError(TrueLayerError):
    """400 invalid_date_range: the bank does not reach that far back."""

    remedy = Remedy.NONE


class NotSupportedError(TrueLayerError):
    """501: this bank has no such thing. Not a fault."""

    remedy = Remedy.NONE


class AccountGoneError(TrueLayerError):
    """404 account_not_found: closed, or no longer shared."""

    remedy = Remedy.NONE


class ConfigurationError(TrueLayerError):
    """Wrong client id or secret, or a redirect address that is not registered."""

    remedy = Remedy.OPERATOR


class BadRequestError(TrueLayerError):
    """400 of another kind: a mistake of ours, not retried."""

    remedy = Remedy.OPERATOR


_BY_CODE = {
    "invalid_grant": ReconnectNeededError,
    "invalid_token": ReconnectNeededError,
    "unauthorized": ReconnectNeededError,
    "invalid_credentials_key": ReconnectNeededError,
    "wrong_credentials": ReconnectNeededError,
    "user_input_required": ReconnectNeededError,
    "mfa_required": ReconnectNeededError,
    "account_permanently_locked": ReconnectNeededError,
    "account_temporarily_locked": TransientError,
    "deprecated_provider": ReconnectNeededError,
    "wrong_bank": ReconnectNeededError,
    "access_denied": AccessDeniedError,
    "sca_exceeded": ScaExceededError,
    "invalid_date_range": DateRangeError,
    "invalid_client": ConfigurationError,
    "unauthorized_client": ConfigurationError,
    "invalid_scope": ConfigurationError,
    "account_not_found": AccountGoneError,
    "endpoint_not_supported": NotSupportedError,
    "request_conflict": TransientError,
    "provider_too_many_requests": RateLimitedError,
    "provider_request_limit_exceeded": RateLimitedError,
}
_BY_STATUS = {
    401: ReconnectNeededError,
    403: AccessDeniedError,
    404: AccountGoneError,
    409: TransientError,
    410: ReconnectNeededError,
    422: BadRequestError,
    429: RateLimitedError,
    501: NotSupportedError,
}


def error_for(status: int, code: str, **facts) -> TrueLayerError:
    """The error of an answer: by its code, else by its status."""
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status)
    if kind is None:
        kind = TransientError if status >= 500 or status == 0 else BadRequestError
    return kind(code or f"http_{status}", status=status, **facts)
