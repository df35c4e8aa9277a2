"""Who may call a view. Every app view carries exactly one of these decorators."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect

from accounts.models import Role

_READERS = frozenset(Role)
_WRITERS = frozenset({Role.OWNER, Role.EDITOR})
_OWNERS = frozenset({Role.OWNER})


def _member(view, roles):
    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.household is None or request.household.welcomed_at is None:
            return redirect("insights:welcome")
        if request.role not in roles:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.access = roles
    return guarded


def reader(view):
    """Any member of the household."""
    return _member(view, _READERS)


def editor(view):
    """Members who may write: editors and owners. Viewers get a 403."""
    return _member(view, _WRITERS)


def owner(view):
    """Owners: members, connections, export and deletion."""
    return _member(view, _OWNERS)


def person(view):
    """Anybody who is signed in, with or without a household."""
    guarded = login_required(view)
    guarded.access = "person"
    return guarded


def public(view):
    """Anybody at all."""
    view.access = "public"
    return view
