from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import owner, person, public, reader
from accounts.adapter import INVITATION_KEY
from accounts.archive import archive_file
from accounts.errors import InvitationError, PeopleError
from accounts.forms import GrantForm, HouseholdSettingsForm, InviteForm
from accounts.models import Household, Invitation, Membership, Role
from accounts.services import deletion
from accounts.services import households as services
from accounts.services.audit import record
from accounts.services.limits import ensure_not_too_often


@reader
def household_settings(request):
    form = HouseholdSettingsForm(request.POST or None, instance=request.household)
    if request.method == "POST":
        if request.role != Role.OWNER:
            return render(request, "403.html", status=403)
        if form.is_valid():
            form.save()
            record("household changed", household=request.household, actor=request.user)
            messages.success(request, _("Saved."))
            return redirect("accounts:household_settings")
    return render(request, "accounts/household_settings.html", {"form": form})


@reader
def member_list(request):
    form = InviteForm(request.POST or None)
    if request.method == "POST":
        if request.role != Role.OWNER:
            return render(request, "403.html", status=403)
        if form.is_valid() and _invite(request, form):
            return redirect("accounts:member_list")
    members = request.household.memberships.select_related("user").order_by("joined_at")
    invitations = request.household.invitations.filter(
        accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    context = {"form": form, "members": members, "invitations": invitations, "roles": Role.choices}
    return render(request, "accounts/member_list.html", context)


def _invite(request, form) -> bool:
    try:
        services.invite(household=request.household, by=request.user, **form.cleaned_data)
    except PeopleError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("The invitation is on its way."))
    return True


def _act(request, what, success: str):
    """Run a service and go back to the members with what it says."""
    try:
        what()
    except PeopleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, success)
    return redirect("accounts:member_list")


@require_POST
@owner
def member_role(request, pk):
    membership = get_object_or_404(Membership, household=request.household, pk=pk)
    role = request.POST.get("role")
    if role not in Role.values:
        return _act(request, lambda: None, _("Nothing changed."))
    return _act(
        request,
        lambda: services.change_role(membership=membership, role=role, by=request.user),
        _("Saved."),
    )


@require_POST
@owner
def member_remove(request, pk):
    membership = get_object_or_404(Membership, household=request.household, pk=pk)
    return _act(
        request,
        lambda: services.remove_member(membership=membership, by=request.user),
        _("Removed."),
    )


@require_POST
@reader
def household_leave(request):
    membership = get_object_or_404(Membership, household=request.household, user=request.user)
    try:
        services.remove_member(membership=membership, by=request.user)
    except PeopleError as error:
        messages.error(request, str(error))
        return redirect("accounts:member_list")
    return redirect("/")


@require_POST
@owner
def invitation_withdraw(request, pk):
    invitation = get_object_or_404(Invitation, household=request.household, pk=pk)
    return _act(
        request,
        lambda: services.withdraw_invitation(invitation=invitation, by=request.user),
        _("Withdrawn."),
    )


@public
def invitation(request, token):
    try:
        found = services.find_invitation(token)
        if request.method == "POST" and request.user.is_authenticated:
            services.accept_invitation(invitation=found, user=request.user)
            request.session.pop(INVITATION_KEY, None)
            return redirect("/")
    except InvitationError as error:
        return render(request, "accounts/invitation.html", {"error": error}, status=404)
    request.session[INVITATION_KEY] = token
    return render(request, "accounts/invitation.html", {"invitation": found})


@require_POST
@person
def household_switch(request):
    wanted = request.POST.get("household", "")
    household = get_object_or_404(
        Household, memberships__user=request.user, pk=wanted if wanted.isdigit() else 0
    )
    services.look_at(user=request.user, household=household)
    return redirect("/")


@owner
def audit(request):
    events = request.household.audit_events.select_related("actor").order_by("-pk")[:200]
    return render(
        request,
        "accounts/audit.html",
        {"events": events, "form": GrantForm(), "grants": _live_grants(request.household)},
    )


def _live_grants(household):
    return household.support_grants.filter(revoked_at=None, expires_at__gt=timezone.now())


@require_POST
@owner
def support_grant(request):
    form = GrantForm(request.POST)
    if form.is_valid():
        services.grant_support(household=request.household, by=request.user, **form.cleaned_data)
        messages.success(request, _("Support can look until then. Every look is listed here."))
    return redirect("accounts:audit")


@require_POST
@owner
def support_end(request):
    services.end_support(household=request.household, by=request.user)
    messages.success(request, _("Support can no longer look."))
    return redirect("accounts:audit")


@owner
def data(request):
    return render(request, "accounts/data.html")


@require_POST
@owner
@reauthentication_required
def archive(request):
    try:
        ensure_not_too_often("archive", request.household.pk, most=10, seconds=3600)
    except PeopleError as error:
        messages.error(request, str(error))
        return redirect("accounts:data")
    record("exported", household=request.household, actor=request.user)
    name = f"housebook-{request.household.today()}.zip"
    return FileResponse(archive_file(request.household), as_attachment=True, filename=name)


@require_POST
@owner
def household_delete(request):
    if request.POST.get("name", "").strip() != request.household.name:
        messages.error(request, _("Type the household's name as it is written above."))
        return redirect("accounts:data")
    deletion.request_household_deletion(household=request.household, by=request.user)
    return redirect("accounts:data")


@require_POST
@owner
def household_keep(request):
    deletion.cancel_household_deletion(household=request.household, by=request.user)
    messages.success(request, _("The household stays."))
    return redirect("accounts:data")
