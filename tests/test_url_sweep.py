"""Every page of the app, tried signed out, by a stranger, by a viewer, by a member without form token.

A new URL is found by itself; one that carries no decorator of `accounts.access` fails here.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import AuditEvent, Invitation, Membership
from accounts.services.households import hash_token
from accounts.tenancy import household_models
from banking.models import BankAccount, BankCategory, Connection
from budget.models import Debt, ExpectedRefund, Goal, GoalEntry
from budget.services.debts import save_debt
from budget.services.goals import save_goal, set_aside
from imports.models import ImportJob
from ledger.exports import registry
from ledger.models import (
    Account,
    Attachment,
    Category,
    CategoryGroup,
    ChangeSet,
    Payee,
    Rule,
    Tag,
    Transaction,
)
from ledger.services.attachments import add_attachment
from ledger.services.categories import add_starter_categories
from ledger.services.naming import find_or_make_payee, find_or_make_tags
from ledger.tests.factories import AccountFactory, make_transaction
from notifications.models import Address, Notification
from notifications.services.notify import notify
from recurring.models import CalendarFeed, CardCycle, Occurrence, Series
from recurring.services.series import save_series

ROOMS = (
    *("accounts", "notifications", "ledger", "banking", "budget", "recurring", "imports"),
    "insights",
)

# The object whose number stands in a URL, by the URL's name.
_OBJECTS = {
    "accounts:member_role": Membership,
    "accounts:member_remove": Membership,
    "accounts:invitation_withdraw": Invitation,
    "notifications:open": Notification,
    "notifications:address_": Address,
    "ledger:change_undo": ChangeSet,
    "insights:forecast_account": Account,
    "ledger:account_": Account,
    "ledger:reconcile": Account,
    "ledger:group_act": CategoryGroup,
    "ledger:category_": Category,
    "ledger:payee_detail": Payee,
    "ledger:alias_act": Payee,
    "ledger:tag_act": Tag,
    "ledger:rule_": Rule,
    "ledger:attachment_add": Transaction,
    "ledger:attachment": Attachment,
    "ledger:": Transaction,
    "banking:": Connection,
    "recurring:occurrence_": Occurrence,
    "recurring:card_": Account,
    "recurring:": Series,
    "budget:goal_entry_remove": GoalEntry,
    "budget:goal_": Goal,
    "budget:debt_": Debt,
    "budget:category_plan": Category,
    "budget:refund_act": ExpectedRefund,
    "budget:": Transaction,
    "imports:": ImportJob,
}


def _walk(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, pattern.namespace or namespace)
        elif isinstance(pattern, URLPattern) and namespace in ROOMS:
            yield f"{namespace}:{pattern.name}", pattern


PATTERNS = dict(_walk(get_resolver().url_patterns))


@pytest.fixture
def house(household, alice, vera):
    """Alice's household with one of everything."""
    add_starter_categories(household=household)
    account = AccountFactory(household=household, name="CANARY account")
    payee = find_or_make_payee(household=household, name="CANARY payee")
    tags = find_or_make_tags(household=household, names=["CANARY"])
    row = make_transaction(account, by=alice, payee=payee, tags=tags, description="CANARY row")
    Rule.objects.create(
        household=household,
        name="CANARY rule",
        conditions={
            "match": "all",
            "of": [{"field": "description", "op": "contains", "value": "CANARY"}],
        },
        actions=[{"do": "payee", "value": payee.pk}],
    )
    add_attachment(
        transaction=row, upload=SimpleUploadedFile("CANARY.pdf", b"%PDF-1.7 CANARY"), by=alice
    )
    Invitation.objects.create(
        household=household,
        email="canary@example.org",
        token_hash=hash_token("x"),
        expires_at=dt.datetime(2099, 1, 1, tzinfo=dt.UTC),
    )
    connection = Connection.objects.create(
        household=household, environment="local", provider_id="canary", provider_name="CANARY bank"
    )
    BankAccount.objects.create(
        connection=connection, kind="accounts", external_id="1", name="CANARY", currency="EUR"
    )
    BankCategory.objects.create(household=household, label="CANARY word")
    save_series(
        household=household,
        by=alice,
        name="CANARY bill",
        account=account,
        payee=payee,
        currency="EUR",
        amount=-1000,
        rule="FREQ=MONTHLY",
        starts_on=dt.date(2026, 11, 3),
        note="CANARY",
    )
    CardCycle.objects.create(household=household, account=account, statement_day=12)
    CalendarFeed.objects.create(household=household, user=alice, token_hash="0" * 64)
    goal = save_goal(
        household=household, name="CANARY goal", target=100_000, link="part", account=account
    )
    set_aside(goal=goal, amount=100, on=household.today(), by=alice, note="CANARY entry")
    save_debt(
        household=household, name="CANARY debt", balance=100_000, rate=Decimal(5), minimum=1000
    )
    ExpectedRefund.objects.create(household=household, expense=row, amount=5, note="CANARY")
    ImportJob.objects.create(
        household=household, file_name="CANARY.csv", state="done", options={"account": None}
    )
    Address.objects.create(household=household, user=alice, service="ntfy", schema="ntfy")
    notify(
        household=household,
        kind="import.failed",
        key="CANARY",
        params={"file": "CANARY file", "error": "CANARY error"},
        users=[alice],
    )
    return household


def _kwargs(name, pattern, household) -> dict:
    kwargs = {}
    for key in pattern.pattern.converters:
        if key == "pk":
            prefix = next(p for p in _OBJECTS if name.startswith(p))
            kwargs["pk"] = _OBJECTS[prefix].objects.filter(household=household).first().pk
        else:
            kwargs[key] = {
                "figure": "income",
                "token": "nonsense",
                "month": "2026-11",
                "year": "2026",
            }[key]
    return kwargs


def _url(name, pattern, household) -> str:
    return reverse(name, kwargs=_kwargs(name, pattern, household))


def _state(household) -> dict:
    """Every row of the household, to see whether anything changed."""
    return {
        model: sorted(map(repr, model._base_manager.filter(**{path: household}).values_list()))
        for model, path in household_models().items()
        if model is not AuditEvent
    }


@pytest.mark.parametrize("name", PATTERNS)
def test_every_view_says_who_may_call_it(name):
    assert hasattr(PATTERNS[name].callback, "access") or hasattr(
        getattr(PATTERNS[name].callback, "__wrapped__", None), "access"
    ), f"{name} carries no decorator of accounts.access"


def test_signed_out_people_are_sent_to_sign_in(house, client):
    before = _state(house)
    for name, pattern in PATTERNS.items():
        for method in (client.get, client.post):
            answer = method(_url(name, pattern, house))
            if name in ("accounts:invitation", "recurring:feed"):
                assert answer.status_code in (404, 405)
            else:
                assert answer.status_code in (302, 405), name
                if answer.status_code == 302:
                    assert answer["Location"].startswith("/auth/login/"), name
    assert _state(house) == before


def test_a_stranger_finds_nothing(house, client, charlie):
    client.force_login(charlie)
    before = _state(house)
    for name, pattern in PATTERNS.items():
        url = _url(name, pattern, house)
        for method in (client.get, client.post):
            answer = method(url)
            if "pk" in pattern.pattern.converters:
                assert answer.status_code in (404, 405), f"{name} {answer.status_code}"
            body = b"".join(answer) if answer.streaming else answer.content
            assert b"CANARY" not in body, name
    assert _state(house) == before


def test_a_strangers_ids_in_query_and_body_find_nothing(house, client, charlie):
    client.force_login(charlie)
    before = _state(house)
    row = Transaction.objects.filter(household=house).first()
    account = Account.objects.filter(household=house).first()
    category = Category.objects.filter(household=house).first()
    query = f"?account={account.pk}&category={category.pk}&payee={row.payee_id}&q=CANARY"
    for name in ("transaction_list", "transaction_totals", "transaction_export", "search"):
        answer = client.get(reverse(f"ledger:{name}") + query)
        body = b"".join(answer) if answer.streaming else answer.content
        assert b"CANARY row" not in body
        assert b"CANARY account" not in body
    for form in registry.names():
        url = reverse("ledger:transaction_export")
        body = b"".join(client.get(f"{url}{query}&format={form}"))
        assert b"CANARY" not in body, form
    own = AccountFactory(household=charlie.memberships.get().household)
    mine = make_transaction(own, by=charlie)
    stolen = {"pk": [row.pk], "category": category.pk, "account": account.pk, "other": row.pk}
    for name in (
        "ledger:transaction_bulk",
        "ledger:trash_restore",
        "ledger:payee_merge",
        "ledger:rule_order",
    ):
        client.post(reverse(name), {**stolen, "action": "delete"})
    facts = {"amount": "1", "account": account.pk, "date": "2026-11-03"}
    client.post(reverse("ledger:transaction_add"), facts)
    client.post(
        reverse("ledger:transaction_edit", args=[mine.pk]), {**facts, "category": category.pk}
    )
    client.post(reverse("ledger:transfer_link", args=[mine.pk]), stolen)
    client.post(reverse("accounts:household_switch"), {"household": house.pk})
    assert _state(house) == before
    assert client.get("/").wsgi_request.household != house


def test_a_viewer_changes_nothing(house, client, vera):
    client.force_login(vera)
    before = _state(house)
    allowed = {
        "accounts:household_switch",
        "accounts:theme",
        "accounts:user_delete",
        "accounts:user_keep",
        "accounts:household_leave",
        # Everybody has an inbox of their own.
        "notifications:address_add",
        "notifications:read_all",
        "notifications:settings",
        "notifications:test",
        "insights:demo",
    }
    for name, pattern in PATTERNS.items():
        if name in allowed:
            continue
        answer = client.post(_url(name, pattern, house), {"pk": "1", "name": "x", "act": "delete"})
        assert answer.status_code in (200, 302, 403, 404, 405), name
    after = _state(house)
    assert {m: rows for m, rows in after.items() if rows != before[m]} == {}


def test_no_page_changes_anything_when_it_is_read(house, client, alice):
    client.force_login(alice)
    before = _state(house)
    for name, pattern in PATTERNS.items():
        answer = client.get(_url(name, pattern, house))
        assert answer.status_code in (200, 302, 404, 405), name
    assert _state(house) == before


def test_no_form_is_taken_without_its_token(house, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    before = _state(house)
    for name, pattern in PATTERNS.items():
        assert client.post(_url(name, pattern, house)).status_code == 403, name
    assert _state(house) == before


def test_every_model_of_a_household_is_found():
    named = {model for model in apps.get_models() if model._meta.app_label in ROOMS}
    people = {"User", "Household", "Submission", "ProviderHealth"}
    assert {m.__name__ for m in named - household_models().keys()} == people


MARKUP = '"><img src=x onerror=alert(1)>'


def test_text_of_people_is_never_markup(house, client, alice):
    """The canary in every text that people or banks can write, on every page and in the admin."""
    house.name = MARKUP
    house.save()
    for model, field in (
        (Account, "name"),
        (Account, "institution"),
        (Category, "name"),
        (CategoryGroup, "name"),
        (Payee, "name"),
        (Tag, "name"),
        (Attachment, "name"),
        (ImportJob, "file_name"),
        (ImportJob, "error"),
        (ExpectedRefund, "note"),
        (Rule, "name"),
        (Series, "name"),
        (Series, "note"),
        (Goal, "name"),
        (GoalEntry, "note"),
        (Debt, "name"),
    ):
        rows = model.objects.filter(household=house)
        first = rows.first()
        setattr(first, field, MARKUP)
        first.save()
    Notification.objects.filter(household=house).update(params={"file": MARKUP, "error": MARKUP})
    row = Transaction.objects.filter(household=house).first()
    Transaction.objects.filter(pk=row.pk).update(description=MARKUP, notes=MARKUP, category=None)
    alice.name = MARKUP
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    pages = [_url(name, pattern, house) for name, pattern in PATTERNS.items()]
    pages += [
        "/transactions/?q=%22%3E%3Cimg",
        f"/search/?q={MARKUP}",
        f"/transactions/?q={MARKUP}&account={MARKUP}",
        f"/admin/ledger/transaction/{row.pk}/change/",
        "/admin/accounts/user/",
        "/auth/email/",
        "/auth/2fa/",
    ]
    for page in pages:
        answer = client.get(page, follow=True)
        if answer.get("Content-Type", "").startswith("text/html"):
            assert b"<img src=x" not in answer.content, page
