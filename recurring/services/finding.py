"""Suggest series: from what was paid before, and from what banks list."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Sum
from django.db.transaction import atomic

from accounts.models import Household
from core.months import add_months
from ledger.models import MonthStamp, Transaction
from ledger.services.acts import lock
from ledger.text import alias_key, fold
from recurring.detection import FoundSeries, Payment, find_series
from recurring.fit import Movement, usual_reach
from recurring.models import Occurrence, Series
from recurring.services.movements import wanted_of
from recurring.services.orders import suggest_orders

MONTHS_BACK = 26
MOST_PAYMENTS = 100_000
LEAST_CONFIDENCE = 50
AGAIN_AFTER = 15 * 60
"""Seconds between two looks at a history that is being written."""
_LEEWAY, _WIDE = 25, 60


@dataclass(frozen=True, slots=True)
class History:
    """The payments of a household, and what else is known of each by its number."""

    payments: list[Payment]
    facts: dict[int, tuple]
    """(account, currency, payee id, category id, folded text) by transaction."""


def read_history(household: Household, today: dt.date) -> History:
    """Movements of the last 26 months that are no transfers. One query; the newest, when there are
    more than anybody pays."""
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(date__range=(add_months(today, -MONTHS_BACK), today), transfer=None)
        .newest_first()
        .values_list(
            *("pk", "date", "amount", "description", "payee__name", "account_id"),
            *("account__currency", "payee_id", "category_id", "search_text"),
        )[:MOST_PAYMENTS]
    )
    payments, facts = [], {}
    for pk, day, amount, text, payee, account, currency, payee_id, category, folded in rows:
        payments.append(Payment(pk, day, amount, text, payee or "", account))
        facts[pk] = (account, currency, payee_id, category, folded)
    return History(payments, facts)


def find(*, household: Household, today: dt.date) -> list[FoundSeries]:
    """What repeats in the household's history and goes on, the surest first. Writes nothing."""
    found = find_series(read_history(household, today).payments, today)
    return _running(found)


def _running(found: Iterable[FoundSeries]) -> list[FoundSeries]:
    running = [one for one in found if one.is_active and one.confidence >= LEAST_CONFIDENCE]
    return sorted(running, key=lambda one: (-one.confidence, one.name))


def detect_if_changed(*, household: Household, today: dt.date) -> None:
    """`detect`, unless nothing was written since the last time, or it was just done."""
    first = household.month_of(add_months(today, -MONTHS_BACK)).index
    stamps = MonthStamp.objects.filter(household=household, month__gte=first)
    stamp = stamps.aggregate(total=Sum("stamp"))["total"] or 0
    slot = f"recurring.detected:{household.pk}"
    known = cache.get(slot) or (None, None)
    if known == (stamp, today) or not cache.add(f"{slot}:lately", 1, timeout=AGAIN_AFTER):
        return
    detect(household=household, today=today)
    cache.set(slot, (stamp, today), timeout=60 * 60 * 24 * 8)


def detect(*, household: Household, today: dt.date) -> int:
    """Suggest what was found in the history and at banks; suggestions that hold no more go. What was
    accepted, dismissed or typed is left alone. Returns how many suggestions there are."""
    history = read_history(household, today)
    found = _running(find_series(history.payments, today))
    with atomic():
        lock(household)
        _suggest(household, found, history)
        suggest_orders(household, today)
    return Series.objects.for_household(household).suggested().count()


def _suggest(household: Household, found: list[FoundSeries], history: History) -> None:
    all_known = list(Series.objects.for_household(household))
    by_key = {series.key: series for series in all_known if series.key}
    settled = [s for s in all_known if s.state != Series.State.SUGGESTED]
    paid = dict(
        Occurrence.objects.for_household(household)
        .filter(transaction__isnull=False)
        .values_list("transaction_id", "series_id")
    )
    keep = set()
    for one, key in _keyed(found, history):
        series = by_key.get(key)
        if series is not None and series.state != Series.State.SUGGESTED:
            continue
        if _is_known(one, settled, paid, history):
            continue
        keep.add(key)
        series = series or Series(household=household, key=key)
        _fill(series, one, history)
        series.save()
    stale = Series.objects.for_household(household).suggested()
    stale.filter(origin=Series.Origin.HISTORY).exclude(key__in=keep).delete()


def _keyed(found: list[FoundSeries], history: History) -> Iterable[tuple[FoundSeries, str]]:
    """Each with the key by which it is known again: account, direction, payee, and a number where
    one payee has several, the smallest amount first."""
    number: Counter[str] = Counter()
    for one in sorted(found, key=lambda one: (abs(one.amount), one.first_seen)):
        account = history.facts[one.payments[-1]][0]
        key = f"h:{account}:{'in' if one.amount > 0 else 'out'}:{alias_key(one.name)[:120]}"
        number[key] += 1
        yield one, key if number[key] == 1 else f"{key}:{number[key]}"


def _is_known(
    one: FoundSeries, settled: list[Series], paid: dict[int, int], history: History
) -> bool:
    """Whether most of its latest payments are a known series' already, or would be."""
    latest = one.payments[-6:]
    if sum(pk in paid for pk in latest) * 2 >= len(latest):
        return True
    payments = {payment.id: payment for payment in history.payments}
    for series in settled:
        wanted = wanted_of(series)
        fits = 0
        for pk in latest:
            account, currency, payee, _category, text = history.facts[pk]
            payment = payments[pk]
            movement = Movement(
                pk, payment.date, payment.amount, account, currency, payee, text
            )
            fits += wanted.misfit(movement) is not None
        if fits * 2 > len(latest):
            return True
    return False


def _fill(series: Series, one: FoundSeries, history: History) -> None:
    """The facts of a suggestion."""
    facts = [history.facts[pk] for pk in one.payments]
    account, currency, payee, category, _text = facts[-1]
    same_account = Counter(fact[0] for fact in facts).most_common(1)[0]
    sizes = sorted((abs(one.amount_low), abs(one.amount_high), abs(one.amount)))
    leeway = _LEEWAY if one.is_fixed_amount else _WIDE
    series.name = one.name[:120] or fold(one.name)
    series.kind = one.kind
    series.state = Series.State.SUGGESTED
    series.origin = Series.Origin.HISTORY
    series.confidence = one.confidence
    series.account_id = account if same_account[1] == len(facts) else None
    series.currency = currency
    series.payee_id = payee
    series.category_id = category
    series.words = "" if payee else _shared_words([fact[4] for fact in facts])
    series.amount = one.amount
    series.amount_low = min(sizes[0], sizes[1] * (100 - leeway) // 100)
    series.amount_high = sizes[2] + sizes[2] * leeway // 100
    series.is_fixed = one.is_fixed_amount
    series.amount_since = one.last_seen
    series.rule = one.schedule.rule
    series.starts_on = one.schedule.starts_on
    series.weekend = one.schedule.weekend
    series.ends_on = one.schedule.ends_on
    early, late = usual_reach(one.schedule)
    series.early_days, series.late_days = max(early, 0), late
    series.watched_from = min(one.first_seen, one.schedule.starts_on)
    series.trial_until = one.trial_until
    series.evidence = {
        "count": len(one.payments),
        "first": one.first_seen.isoformat(),
        "last": one.last_seen.isoformat(),
        "rhythm": one.rhythm,
        "missed": len(one.missed),
        "prices": [[change.date.isoformat(), change.new] for change in one.price_changes[-6:]],
    }


def _shared_words(texts: list[str]) -> str:
    """The words that all texts have, in the order of the last: what tells this payee's rows."""
    lists = [alias_key(text).split() for text in texts]
    shared = set(lists[0]).intersection(*lists[1:]) if lists else set()
    words: list[str] = []
    for word in lists[-1] if lists else []:
        if word in shared and word not in words and len(" ".join([*words, word])) <= 200:
            words.append(word)
    return " ".join(words)
