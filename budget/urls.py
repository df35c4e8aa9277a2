from django.urls import path, register_converter

from budget.goal_urls import GOAL_URLS
from budget.views import month, planning, sharing
from core.months import Month


class MonthConverter:
    """2026-11, within the years that the ledger takes."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> Month:
        month = Month.parse(value)
        if not 1971 <= month.year <= 2199:
            raise ValueError("outside of the ledger's years")
        return month

    def to_url(self, value) -> str:
        return str(value)


class YearConverter:
    """2026, within the years that the ledger takes."""

    regex = r"(?:19[89]\d|20\d\d|21[0-8]\d)"
    to_python = int
    to_url = str


register_converter(MonthConverter, "month")
register_converter(YearConverter, "year")

app_name = "budget"

urlpatterns = [
    # /budget/
    path("budget/", month.now, name="now"),
    path("budget/settings/", planning.plan_settings, name="settings"),
    path("budget/alerts/", planning.account_alerts, name="account_alerts"),
    path("budget/refunds/", sharing.refund_list, name="refund_list"),
    path("budget/<year:year>/", planning.year_page, name="year"),
    # /budget/2026-11/
    path("budget/<month:month>/", month.month_page, name="month"),
    path("budget/<month:month>/why/<str:figure>/", month.explain, name="explain"),
    path("budget/<month:month>/amount/", month.amount_set, name="amount_set"),
    path("budget/<month:month>/fill/", month.month_fill, name="month_fill"),
    path("budget/<month:month>/move/", month.money_move, name="money_move"),
    path("budget/<month:month>/hold/", month.money_hold, name="money_hold"),
    path("budget/<month:month>/note/", month.month_note, name="month_note"),
    # /budget/category/<pk>/, and what hangs on a transaction
    path("budget/category/<int:pk>/", planning.category_plan, name="category_plan"),
    path("budget/share/<int:pk>/", sharing.share_page, name="share_page"),
    path("budget/refund/<int:pk>/", sharing.refund_page, name="refund_page"),
    path("budget/refunds/<int:pk>/", sharing.refund_act, name="refund_act"),
    *GOAL_URLS,
]
