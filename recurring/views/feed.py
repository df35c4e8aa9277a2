"""The calendar's secret address: making one, and answering it."""

import logging

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import public, reader
from accounts.errors import TooOftenError
from core.formatting import locale_tag
from recurring.forms import FeedForm
from recurring.ics import bills_calendar
from recurring.models import CalendarFeed
from recurring.services import feeds

logger = logging.getLogger(__name__)

_QUIET = {
    "Cache-Control": "private, max-age=900",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@reader
def feed_settings(request):
    """Make, renew or revoke one's own address. Viewers have theirs, too: it is theirs to read."""
    mine = {"household": request.household, "user": request.user}
    feed = CalendarFeed.objects.filter(**mine).first()
    context = {"feed": feed}
    if request.method == "POST":
        shows_amounts = "shows_amounts" in request.POST
        act = request.POST.get("act")
        if act == "revoke":
            feeds.revoke_feed(**mine)
            messages.success(request, _("The address answers nobody any more."))
            return redirect("recurring:feed_settings")
        if act == "save":
            feeds.show_amounts(**mine, shows_amounts=shows_amounts)
            messages.success(request, _("Saved."))
            return redirect("recurring:feed_settings")
        if act == "make":
            try:
                token = feeds.make_feed(**mine, shows_amounts=shows_amounts)
            except TooOftenError as error:
                messages.error(request, str(error))
                return redirect("recurring:feed_settings")
            context["address"] = settings.SITE_URL + reverse("recurring:feed", args=[token])
            context["feed"] = CalendarFeed.objects.get(**mine)
    shows = context["feed"].shows_amounts if context["feed"] else True
    context["form"] = FeedForm(initial={"shows_amounts": shows})
    return render(request, "recurring/feed_settings.html", context)


@public
@require_GET
def feed(request, token):
    """The calendar, to whoever has the address. No session is opened, nothing of the token is
    logged, and an error says nothing of the address it happened at."""
    address = get_adapter().get_client_ip(request) or ""
    try:
        found = feeds.open_feed(token, address=address)
        body = _drawn(found) if found else b""
    except TooOftenError:
        return HttpResponse(status=429, headers={"Retry-After": "3600", **_QUIET})
    except Exception as error:  # noqa: BLE001 Django's own report would name the address
        logger.error("A calendar could not be drawn: %s", type(error).__name__)
        return HttpResponse(status=503, headers={"Retry-After": "600", **_QUIET})
    if found is None:
        raise Http404
    return HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="bills.ics"', **_QUIET},
    )


def _drawn(found: CalendarFeed) -> bytes:
    token = locale_tag.set(found.user.locale or found.user.language)
    try:
        with translation.override(found.user.language):
            return bills_calendar(
                found.household,
                found.household.today(),
                timezone.now(),
                shows_amounts=found.shows_amounts,
            )
    finally:
        locale_tag.reset(token)
