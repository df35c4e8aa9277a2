from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import reader
from accounts.errors import TooOftenError
from notifications.errors import NotificationError
from notifications.forms import AddressForm, NotificationSettingsForm
from notifications.inbox import days_of, rows_of
from notifications.models import Address, Channels, Notification, Preference
from notifications.services import reading, wishes

PAGE = 50
NEWEST = 5


def _own(request):
    return Notification.objects.for_person(request.user, request.household)


@require_GET
@reader
def notification_list(request):
    page = Paginator(_own(request).unread_first(), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "notifications/notification_list.html",
        {"page": page, "days": days_of(rows_of(page))},
    )


@require_GET
@reader
def newest(request):
    """What the bell shows."""
    rows = rows_of(_own(request)[:NEWEST])
    return render(request, "notifications/_newest.html", {"rows": rows})


@require_POST
@reader
def notification_open(request, pk):
    """Mark as read, and go there."""
    notification = get_object_or_404(_own(request), pk=pk)
    reading.mark_read(notification)
    return redirect(notification.url or "notifications:list")


@require_POST
@reader
def read_all(request):
    reading.mark_all_read(user=request.user, household=request.household)
    return redirect("notifications:list")


@reader
def settings_page(request):
    return _settings(request, request.POST if request.method == "POST" else None)


def _settings(request, data=None, address_form=None) -> HttpResponse:
    mine = {"user": request.user, "household": request.household}
    addresses = list(Address.objects.filter(**mine).order_by("pk"))
    form = NotificationSettingsForm(
        data,
        instance=Channels.objects.filter(**mine).first() or Channels(**mine),
        preferences=list(Preference.objects.filter(**mine)),
        has_address=bool(addresses),
    )
    if data is not None and form.is_valid():
        wishes.save_wishes(**mine, wishes=form.wishes(), channels=form.instance)
        messages.success(request, _("Saved."))
        return redirect("notifications:settings")
    context = {
        "form": form,
        "addresses": addresses,
        "address_form": address_form or AddressForm(),
        "is_full": len(addresses) >= wishes.MOST_ADDRESSES,
    }
    is_wrong = data is not None or address_form is not None
    return render(request, "notifications/settings.html", context, status=422 if is_wrong else 200)


@require_POST
@reader
def address_add(request):
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _settings(request, address_form=form)
    try:
        wishes.add_address(
            user=request.user, household=request.household, url=form.cleaned_data["url"]
        )
    except NotificationError as error:
        form.add_error("url", str(error))
        return _settings(request, address_form=form)
    messages.success(request, _("Added. Choose above what is sent there, and send a test."))
    return redirect("notifications:settings")


@require_POST
@reader
def address_remove(request, pk):
    mine = Address.objects.filter(user=request.user, household=request.household)
    wishes.remove_address(get_object_or_404(mine, pk=pk))
    messages.success(request, _("Removed."))
    return redirect("notifications:settings")


@require_POST
@reader
def send_test(request):
    try:
        wishes.send_test(user=request.user, household=request.household)
    except TooOftenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("On its way. It should reach you within a minute."))
    return redirect("notifications:settings")
