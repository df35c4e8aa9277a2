"""The audit trail: one line for each act that owners may want to look up."""

from accounts.models import AuditEvent, Household, User


def record(
    action: str,
    *,
    household: Household | None = None,
    actor: User | None = None,
    target: str = "",
    by_staff: bool = False,
    **detail,
) -> AuditEvent:
    """Append a line. `detail` holds plain JSON values, never amounts, texts of people or secrets."""
    return AuditEvent.objects.create(
        household=household,
        actor=actor,
        action=action,
        target=target[:120],
        detail=detail,
        by_staff=by_staff,
    )
