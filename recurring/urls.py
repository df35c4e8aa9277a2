from django.urls import path

from recurring.views import cards, feed, pages, series

app_name = "recurring"

urlpatterns = [
    # /bills/
    path("bills/", pages.bill_list, name="bill_list"),
    path("bills/look/", pages.look, name="look"),
    path("bills/accept/", series.accept_all, name="accept_all"),
    path("bills/subscriptions/", pages.subscription_list, name="subscription_list"),
    path("bills/add/", series.series_add, name="series_add"),
    path("bills/<int:pk>/", series.series_detail, name="series_detail"),
    path("bills/<int:pk>/edit/", series.series_edit, name="series_edit"),
    path("bills/<int:pk>/act/", series.series_act, name="series_act"),
    path("bills/occurrences/<int:pk>/act/", series.occurrence_act, name="occurrence_act"),
    path("bills/cards/<int:pk>/", cards.card_cycle, name="card_cycle"),
    # /bills/calendar/
    path("bills/calendar/", pages.bill_calendar, name="bill_calendar"),
    path("bills/calendar/address/", feed.feed_settings, name="feed_settings"),
    path("bills/calendar/<str:token>.ics", feed.feed, name="feed"),
]
