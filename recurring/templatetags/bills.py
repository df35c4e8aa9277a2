"""Days and schedules in words."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recurring.models import Occurrence, Series
from recurring.words import schedule_words

register = template.Library()


@register.filter
def in_days(days: int) -> str:
    """ "today", "in 3 days", "3 days late"."""
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("tomorrow", "in %(n)s days", days) % {"n": days}
    return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}


@register.filter
def schedule(series: Series) -> str:
    """When a series falls due, in words."""
    return schedule_words(series.schedule)


@register.filter
def paid_amount(occurrence: Occurrence) -> int:
    """What it was, else what is expected: minor units."""
    return occurrence.transaction.amount if occurrence.transaction else occurrence.amount
