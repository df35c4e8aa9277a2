"""What the layout needs to know about the person."""

from accounts.models import Role


def person(request):
    """Theme, households of the person, and whether this page's household may be written to."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"user_theme": "system", "households": [], "can_write": False}
    return {
        "user_theme": user.theme,
        "households": request.households,
        "can_write": request.role in (Role.OWNER, Role.EDITOR),
        "is_owner": request.role == Role.OWNER,
    }
