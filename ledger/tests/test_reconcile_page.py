"""The page on which an account is held against its statement."""

import datetime as dt

import pytest
from django.urls import reverse

from ledger.models import Reconciliation, Transaction
from ledger.services.reconciliation import start_reconciliation
from ledger.tests.factories import AccountFactory, make_transaction
from ledger.views import accounts as views

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def account(household):
    return AccountFactory(household=household)


@pytest.fixture
def page(client, account, alice, monkeypatch):
    """The page, three rows long, of a statement with eight."""
    monkeypatch.setattr(views, "RECONCILE_ROWS", 3)
    for day in range(1, 9):
        make_transaction(account, amount=-day, date=dt.date(2026, 10, day), by=alice)
    start_reconciliation(
        account=account, statement_on=dt.date(2026, 10, 31), statement_balance=-36, by=alice
    )
    client.force_login(alice)
    url = reverse("ledger:reconcile", args=[account.pk])

    def act(number, act="", chosen=(), **more):
        shown = [row.pk for row in client.get(url, {"page": number}).context["page"]]
        data = {
            "shown": ",".join(map(str, shown)), "pk": [shown[n] for n in chosen],
            "page": number, "act": act, **more,
        }  # fmt: skip
        return client.post(f"{url}act/", data)

    return act


def ticked() -> list[int]:
    rows = Transaction.objects.exclude(reconciliation=None)
    return sorted(-amount for amount in rows.values_list("amount", flat=True))


def test_ticks_of_one_page_leave_those_of_another(page):
    page(1, "tick", chosen=[0, 2])
    answer = page(2, chosen=[1], page="3")
    assert answer.url.endswith("?page=3")
    assert ticked() == [4, 6, 8]
    page(1, "tick", chosen=[1])
    assert ticked() == [4, 7]


def test_tick_all_reaches_every_page_and_finishes(page, client, account):
    page(1, "all")
    assert ticked() == list(range(1, 9))
    shown = [row.pk for row in client.get(f"/accounts/{account.pk}/reconcile/").context["page"]]
    client.post(
        f"/accounts/{account.pk}/reconcile/act/",
        {"act": "finish", "shown": ",".join(map(str, shown)), "pk": shown},
    )
    assert Reconciliation.objects.get().finished_at is not None


@pytest.mark.parametrize("shown", ["", "x", "0,x,,9999999999999999999999", "-1", "²"])
def test_nonsense_ticks_nothing(page, client, account, shown):
    client.post(
        f"/accounts/{account.pk}/reconcile/act/", {"act": "tick", "shown": shown, "pk": "1"}
    )
    assert ticked() == []
