from django.contrib import admin

from currencies.models import Rate


@admin.register(Rate)
class RateAdmin(admin.ModelAdmin):
    """Public figures: an operator may type one that the bank does not print."""

    list_display = ["on", "currency", "per_euro", "source"]
    list_filter = ["source", "currency"]
    date_hierarchy = "on"
    show_full_result_count = False
