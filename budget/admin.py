from django.contrib import admin

from accounts.support import SupportAdmin
from budget import models


@admin.register(models.BudgetPlan)
class BudgetPlanAdmin(SupportAdmin):
    """How does this household budget?"""

    list_display = ["pk", "household_id", "method", "period", "first_month", "version"]
    list_filter = ["method", "period"]
    search_fields = ["household__code"]
    masked = ("pay_day_least", "large_amount", "debt_extra")


@admin.register(models.CategoryPlan)
class CategoryPlanAdmin(SupportAdmin):
    """How is this category budgeted?"""

    list_display = ["pk", "household_id", "category_id", "carry", "period", "template"]
    list_filter = ["carry", "period", "template"]
    search_fields = ["household__code"]
    masked = ("template_amount", "note")


@admin.register(models.BudgetMonth)
class BudgetMonthAdmin(SupportAdmin):
    """Which months were edited?"""

    list_display = ["pk", "household_id", "month", "version"]
    search_fields = ["household__code"]
    masked = ("note", "held")


@admin.register(models.BudgetAmount)
class BudgetAmountAdmin(SupportAdmin):
    """Who edited this amount last?"""

    list_display = ["pk", "household_id", "category_id", "month", "version", "edited_at"]
    search_fields = ["household__code"]
    masked = ("amount", "note")


@admin.register(models.BudgetMove)
class BudgetMoveAdmin(SupportAdmin):
    """Who moved money between envelopes?"""

    list_display = ["pk", "household_id", "month", "source_id", "target_id", "moved_at"]
    search_fields = ["household__code"]
    masked = ("amount",)


@admin.register(models.AccountAlert)
class AccountAlertAdmin(SupportAdmin):
    """Is this account watched?"""

    list_display = ["pk", "household_id", "account_id", "low_since"]
    search_fields = ["household__code"]
    masked = ("below",)


@admin.register(models.Share)
class ShareAdmin(SupportAdmin):
    """Which rows count in part only?"""

    list_display = ["pk", "household_id", "transaction_id"]
    search_fields = ["household__code"]
    masked = ("own", "whole", "own_amount", "with_whom")


@admin.register(models.ExpectedRefund)
class ExpectedRefundAdmin(SupportAdmin):
    """Which refunds are waited for?"""

    list_display = ["pk", "household_id", "expense_id", "state", "expected_on", "refund_id"]
    list_filter = ["state"]
    search_fields = ["household__code"]
    masked = ("amount", "note")


@admin.register(models.Goal)
class GoalAdmin(SupportAdmin):
    """Which goals are there, linked to what, and were they reached?"""

    list_display = [
        *("pk", "household_id", "link", "currency", "target_on", "paused_on"),
        *("reached_at", "is_archived"),
    ]
    list_filter = ["link", "is_archived"]
    search_fields = ["household__code"]
    masked = ("name", "target", "started_with", "picture")


@admin.register(models.GoalEntry)
class GoalEntryAdmin(SupportAdmin):
    """When was money set aside?"""

    list_display = ["pk", "household_id", "goal_id", "on", "made_at"]
    search_fields = ["household__code"]
    masked = ("amount", "note")


@admin.register(models.Debt)
class DebtAdmin(SupportAdmin):
    """Which debts are there, and do they follow an account?"""

    list_display = ["pk", "household_id", "account_id", "currency", "payment_day"]
    search_fields = ["household__code"]
    masked = ("name", "balance", "rate", "minimum", "minimum_percent")
