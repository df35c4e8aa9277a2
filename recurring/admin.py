from django.contrib import admin

from accounts.support import SupportAdmin
from recurring.models import CalendarFeed, CardCycle, Occurrence, Series

_AMOUNTS = ("amount", "amount_low", "amount_high")


@admin.register(Series)
class SeriesAdmin(SupportAdmin):
    """Where did this series come from, and how does it repeat?"""

    list_display = [
        *("pk", "household_id", "kind", "state", "origin", "confidence", "rule", "starts_on"),
        *("ends_on", "posts_itself"),
    ]
    list_filter = ["state", "kind", "origin", "posts_itself"]
    search_fields = ["household__code", "=id"]
    masked = ("name", "words", "key", "note", "evidence", *_AMOUNTS)


@admin.register(Occurrence)
class OccurrenceAdmin(SupportAdmin):
    """Was it expected, and was it seen?"""

    list_display = ["pk", "household_id", "series_id", "due_on", "state", "is_by_person"]
    list_filter = ["state"]
    search_fields = ["household__code", "=series__id"]
    masked = ("amount",)


@admin.register(CardCycle)
class CardCycleAdmin(SupportAdmin):
    """When does this card fall due?"""

    list_display = ["pk", "household_id", "account_id", "statement_day", "due_days", "pays"]
    search_fields = ["household__code"]
    masked = ("amount",)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(SupportAdmin):
    """Is the calendar read?"""

    list_display = ["pk", "household_id", "user_id", "made_at", "read_at"]
    search_fields = ["household__code"]
    masked = ("token_hash",)

    def _may_see(self, obj) -> bool:
        return False
