"""What can go wrong, and the errors of the Data API as it words them. Pure."""

from dataclasses import dataclass

ERRORS = {
    "validation_error": (400, "The supplied parameters are not valid."),
    "invalid_date_range": (400, "Invalid date range provided."),
    "deprecated_provider": (400, "The provider has been deprecated."),
    "invalid_token": (401, "The token expired."),
    "unauthorized": (401, "The credentials or token are no longer valid."),
    "access_denied": (403, "Access to a specific resource has been denied."),
    "sca_exceeded": (
        403,
        "SCA exemption has expired. This resource is protected and should be accessed shortly after "
        "PSU Authentication. In order to access this resource, please have the PSU re-authenticate.",
    ),
    "invalid_credentials_key": (403, "The provided credentials encryption key is invalid."),
    "account_not_found": (404, "The account was not found."),
    "provider_too_many_requests": (429, "Provider rate limit exceeded."),
    "provider_request_limit_exceeded": (
        429,
        "Maximum number of requests per user allowed by provider exceeded.",
    ),
    "internal_server_error": (500, "Internal server error."),
    "internal_error": (500, "Internal server error."),
    "endpoint_not_supported": (501, "Feature not supported by the provider"),
    "provider_error": (503, "The provider service is unavailable."),
    "temporarily_unavailable": (503, "The provider service is unavailable."),
    "connector_overload": (503, "The connector service is currently overloaded."),
    "provider_timeout": (504, "The provider service timed out."),
    "connector_timeout": (504, "The connector service timed out."),
    "account_temporarily_locked": (403, "The account is temporarily locked."),
    "account_permanently_locked": (403, "The account is permanently locked."),
    "user_input_required": (403, "The provider asks for more from the user."),
    "wrong_credentials": (401, "The credentials are wrong."),
}
"""Error code to HTTP status and description."""

TRANSPORT = frozenset({"error", "timeout", "cut", "garbage", "html", "running", "lost_reply"})
"""Faults of one answer: an error of ERRORS, silence for `seconds`, a connection that breaks in the
middle, text that is not JSON, a gateway's page, a 200 that is still Running, an effect without reply."""

DATA = frozenset({"duplicate_rows", "reorder", "late", "amend", "vanish", "ignore_from"})
"""Faults of the rows: sent twice, in another order, `late` days late, with another description, gone,
with the whole history whatever was asked for."""

KINDS = TRANSPORT | DATA


@dataclass(frozen=True, slots=True)
class ApiError(Exception):
    """An answer of the Data API that is an error."""

    code: str
    description: str = ""
    details: dict | None = None
    retry_after: int = 0

    @property
    def status(self) -> int:
        return ERRORS[self.code][0]

    def body(self) -> dict:
        return {
            "error_description": self.description or ERRORS[self.code][1],
            "error": self.code,
            "error_details": self.details or {},
        }
