"""Rules of a household: saved, ordered, asked, applied to the past, carried elsewhere."""

import datetime as dt
import json
from collections import Counter

import pytest

from ledger.models import Change, Payee, Rule, SortedBy, Source, Tag, Transaction
from ledger.rules.language import RuleError
from ledger.services.categories import archive_category, merge_categories
from ledger.services.naming import delete_tag, find_or_make_tags, merge_payees, merge_tags
from ledger.services.rule_exchange import NotRulesError, export_rules, import_rules
from ledger.services.rulebook import (
    apply_to_past,
    delete_rule,
    engine_for,
    record_hits,
    reorder_rules,
    save_rule,
)
from ledger.services.transfers import link_transfer
from ledger.services.undo import undo
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")


def one(field, op, value):
    return {"match": "all", "of": [{"field": field, "op": op, "value": value}]}


SHOP = one("description", "contains", "shop")


@pytest.fixture
def make(household, alice):
    def make(*actions, conditions=SHOP, **facts):
        return save_rule(
            household=household,
            by=alice,
            name=facts.pop("name", "Shops"),
            conditions=conditions,
            actions=[{"do": do, "value": value} for do, value in actions],
            **facts,
        )

    return make


@pytest.fixture
def apply(household, alice):
    def apply(*rules, **options):
        return apply_to_past(household=household, rules=rules, by=alice, **options)

    return apply


def brought(account, *, amount=-1000, sorted_by=SortedBy.NOBODY, needs_review=False, **facts):
    """A row as a file brings it."""
    row = make_transaction(
        account, amount=amount, source=Source.CSV, **{"description": "THE SHOP", **facts}
    )
    Transaction.objects.filter(pk=row.pk).update(sorted_by=sorted_by, needs_review=needs_review)
    row.refresh_from_db()
    return row


def test_rules_come_after_one_another_and_are_reordered(make, household, food):
    first, second, third = (make(("category", food.pk), name=str(n)) for n in range(3))
    reorder_rules(household=household, ids=[third.pk, first.pk, 10**9])
    assert list(Rule.objects.for_household(household)) == [third, first, second]
    delete_rule(rule=first)
    assert [rule.position for rule in Rule.objects.for_household(household)] == [0, 2]


def test_a_rule_is_changed_in_place(make, household, food, rent):
    rule = make(("category", food.pk))
    make(("category", rent.pk), rule=rule, name=" Other  name ", is_active=False)
    rule = Rule.objects.get()
    assert (rule.name, rule.is_active, rule.position) == ("Other name", False, 0)
    assert rule.actions == [{"do": "category", "value": rent.pk}]


def test_names_of_payees_and_tags_become_rows(make, household, payee):
    rule = make(("payee", "corner shop"), ("tags", ["new", "other", "NEW"]))
    tags = {tag.name: tag.pk for tag in Tag.objects.filter(household=household)}
    assert rule.actions[0]["value"] == payee.pk
    assert rule.actions[1]["value"] == [tags["new"], tags["other"]]


def test_only_what_was_read_is_stored(household, food):
    asked = {"field": "amount", "op": "between", "value": {"min": "1E+1", "x": "\0"}, "\0": 1}
    action = {"do": "category", "value": food.pk, "junk": "\0"}
    conditions = {"match": "all", "of": [asked, {"match": "any", "of": []}], "more": "\0"}
    rule = save_rule(
        household=household, by=None, name="x", conditions=conditions, actions=[action]
    )
    assert rule.conditions == one("amount", "between", {"min": "10", "max": None})
    assert rule.actions == [{"do": "category", "value": food.pk}]


def test_tags_that_are_no_names(make):
    with pytest.raises(RuleError, match="action 1"):
        make(("tags", ["#", "##"]))


@pytest.mark.parametrize("kind", ["category", "payee", "account", "tag", "condition", "part"])
def test_other_peoples_rows_are_refused(make, foreign, kind):
    part = {"share": "50", "category": foreign["category"].pk}
    actions = {
        "category": ("category", foreign["category"].pk),
        "payee": ("payee", foreign["payee"].pk),
        "account": ("transfer", foreign["account"].pk),
        "tag": ("tags", [foreign["tags"][0].pk]),
        "condition": ("skip_review", True),
        "part": ("split", {"by": "percent", "parts": [part, {"share": None}]}),
    }
    asked = one("payee", "is", foreign["payee"].pk) if kind == "condition" else SHOP
    with pytest.raises(RuleError, match="condition 1" if kind == "condition" else "action 1"):
        make(actions[kind], conditions=asked)
    assert not Rule.objects.exists()


def test_no_rules_no_engine(make, household, food, connection_counter):
    assert engine_for(household) is None
    make(("category", food.pk), is_active=False)
    assert engine_for(household) is None
    make(("category", food.pk))
    assert len(engine_for(household)) == 1
    assert connection_counter(lambda: engine_for(household)) == 2


def test_what_is_gone_is_not_given(make, household, food, rent, account):
    rule = make(("tags", ["gone"]), ("category", food.pk))
    delete_tag(tag=Tag.objects.get(name="gone"), by=None)
    engine = engine_for(household)
    found = engine.decide(brought_facts(account))
    assert (found.tag_ids, found.category_id) == ((), food.pk)
    assert engine.broken == {rule.pk: "gone"}
    archive_category(category=food, is_archived=True)
    assert not engine_for(household).decide(brought_facts(account))


def test_rules_follow_merges(make, household, food, account, tag):
    def three(kind):
        return [kind(household=household) for _ in range(3)]

    payees, categories = three(PayeeFactory), three(CategoryFactory)
    for category in categories:
        category.group = food.group
        category.save()
    old, into = find_or_make_tags(household=household, names=["old", "into"])
    parts = [{"share": "50", "category": categories[0].pk}, {"share": None}]
    rule = make(
        ("payee", payees[1].pk),
        ("tags", [old.pk, into.pk]),
        ("split", {"by": "percent", "parts": parts}),
        conditions=one("payee", "is", payees[0].pk),
    )
    other = make(("category", categories[1].pk))
    merge_payees(payees=payees[:2], into=payees[2], by=None)
    merge_categories(categories=categories[:2], into=categories[2], by=None)
    merge_tags(tags=[old], into=into, by=None)
    rule.refresh_from_db()
    other.refresh_from_db()
    assert rule.conditions == one("payee", "is", payees[2].pk)
    assert [action["value"] for action in rule.actions[:2]] == [payees[2].pk, [into.pk]]
    assert rule.actions[2]["value"]["parts"][0]["category"] == categories[2].pk
    assert other.actions[0]["value"] == categories[2].pk
    assert engine_for(household).broken == {}


def brought_facts(account):
    from ledger.rules.engine import RowFacts

    return RowFacts("the shop", None, "", -500, account.pk, dt.date(2026, 11, 3))


def test_decimals_are_those_of_the_account(make, household, food, yen):
    make(("category", food.pk), conditions=one("amount", "between", {"min": "500"}))
    assert engine_for(household).decide(brought_facts(yen)).category_id == food.pk


def test_hits_are_counted(make, household, food, foreign):
    rule, other = make(("category", food.pk)), make(("category", food.pk))
    record_hits(household, Counter({rule.pk: 3, other.pk: 0}))
    record_hits(household, Counter({rule.pk: 2}))
    record_hits(foreign["household"], Counter({rule.pk: 9}))
    rule.refresh_from_db()
    other.refresh_from_db()
    assert (rule.hits, other.hits, other.last_hit_at) == (5, 0, None)
    assert rule.last_hit_at is not None


def snapshot(household):
    columns = "pk payee_id category_id notes is_split transfer_id sorted_by needs_review amount search_text"
    rows = Transaction.objects.filter(household=household).order_by("amount", "parent", "pk")
    return list(rows.values_list(*columns.split()[1:], "tags__name", "account_id"))


def test_the_past_gets_what_a_rule_says_and_undo_takes_it_back(
    make, apply, household, alice, account, food, payee, tag
):
    rows = [brought(account, amount=-n, needs_review=True) for n in range(100, 105)]
    other = brought(account, description="else")
    rule = make(
        ("category", food.pk),
        ("payee", payee.pk),
        ("tags", [tag.pk]),
        ("notes", "weekly"),
        ("skip_review", True),
    )
    before = snapshot(household)
    done = apply(rule)
    assert done.count == 5
    row = rows[0]
    row.refresh_from_db()
    assert (row.category, row.payee, row.notes) == (food, payee, "weekly")
    assert (row.sorted_by, row.needs_review) == (SortedBy.RULE, False)
    assert list(row.tags.all()) == [tag]
    assert "corner shop" in row.search_text
    other.refresh_from_db()
    assert other.category is None
    rule.refresh_from_db()
    assert rule.hits == 5
    assert apply(rule) is None
    undo(change_set=done, by=alice)
    assert snapshot(household) == before


def test_what_a_person_sorted_stays_unless_asked(make, apply, account, food, rent, payee):
    mine = brought(account, category=rent, sorted_by=SortedBy.PERSON, payee=payee)
    unknown = brought(account, category=rent, sorted_by=SortedBy.NOBODY)
    learnt = brought(account, category=rent, sorted_by=SortedBy.MODEL)
    rule = make(("category", food.pk), ("payee", "Other"))

    def categories():
        return [Transaction.objects.get(pk=row.pk).category for row in (mine, unknown, learnt)]

    apply(rule)
    assert categories() == [rent, rent, food]
    mine.refresh_from_db()
    assert mine.payee == payee
    apply(rule, overwrite=True)
    assert categories() == [food, food, food]
    mine.refresh_from_db()
    assert mine.payee.name == "Other"


def test_only_since_a_day(make, apply, account, food):
    old = brought(account, date=dt.date(2025, 1, 1))
    new = brought(account, date=dt.date(2026, 1, 1))
    apply(make(("category", food.pk)), since=dt.date(2026, 1, 1))
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.category, new.category) == (None, food)


def test_a_split_by_per_cent(make, apply, household, alice, account, food, rent):
    row = brought(account, amount=-1001)
    parts = [
        {"share": "50", "category": food.pk},
        {"share": None, "category": rent.pk, "notes": "x"},
    ]
    before = snapshot(household)
    done = apply(make(("split", {"by": "percent", "parts": parts})))
    row.refresh_from_db()
    assert row.is_split
    assert [(p.amount, p.category, p.notes) for p in row.parts.order_by("pk")] == [
        (-501, food, ""),
        (-500, rent, "x"),
    ]
    assert Change.objects.filter(change_set=done).count() == 1
    undo(change_set=done, by=alice)
    assert snapshot(household) == before


def test_a_transfer_finds_its_other_side(make, apply, household, alice, account, savings, food):
    out = brought(account, amount=-5000)
    into = brought(savings, amount=5000, description="in", date=dt.date(2026, 11, 5))
    brought(savings, amount=5000, description="in", date=dt.date(2026, 12, 5))
    # Its category would be of a rule that is asked in the same run.
    before = snapshot(household)
    shop = make(("transfer", savings.pk))
    other = make(("category", food.pk), conditions=one("description", "equals", "in"))
    done = apply(shop, other)
    out.refresh_from_db()
    into.refresh_from_db()
    assert out.transfer_id == into.transfer_id is not None
    assert into.category is None
    undo(change_set=done, by=alice)
    assert snapshot(household) == before


def test_a_transfer_waits_for_its_other_side_on_an_account_that_is_fed(
    make, apply, account, savings
):
    brought(account, amount=-5000)
    brought(savings, amount=1, description="from the bank")
    assert apply(make(("transfer", savings.pk))) is None


def test_a_transfer_to_cash_makes_its_other_side(make, apply, household, alice, account, savings):
    out = brought(account, amount=-5000)
    done = apply(make(("transfer", savings.pk)))
    out.refresh_from_db()
    other = out.transfer.legs.exclude(pk=out.pk).get()
    assert (other.account, other.amount, other.date) == (savings, 5000, out.date)
    undo(change_set=done, by=alice)
    assert Transaction.objects.count() == 1


def test_no_transfer_between_currencies_nor_of_what_is_one(
    make, apply, alice, account, savings, yen, household
):
    first = brought(account, amount=-5000)
    rule = make(("transfer", yen.pk))
    assert apply(rule) is None
    third = AccountFactory(household=household)
    second = brought(third, amount=5000, description="x")
    link_transfer(first=first, second=second, by=alice)
    assert apply(make(("transfer", savings.pk), ("tags", ["t"]))) is not None
    first.refresh_from_db()
    assert second.pk in first.transfer.legs.values_list("pk", flat=True)


def test_a_split_or_transfer_keeps_its_shape(make, apply, account, savings, food, alice):
    first, second = brought(account, amount=-700), brought(savings, amount=700)
    link_transfer(first=first, second=second, by=alice)
    assert apply(make(("category", food.pk))) is None


def test_export_and_import_are_a_round_trip(
    make, household, foreign, alice, account, savings, food, rent, payee, tag
):
    conditions = {
        "match": "any",
        "of": [
            {"field": "payee", "op": "is", "value": payee.pk},
            {"match": "all", "of": [{"field": "account", "op": "is", "value": account.pk}]},
            {"field": "tag", "op": "is", "value": tag.pk},
            {"field": "amount", "op": "between", "value": {"min": "1.50", "max": None}},
        ],
    }
    parts = [{"share": "50", "category": food.pk}, {"share": None, "category": rent.pk}]
    make(("split", {"by": "percent", "parts": parts}), ("tags", [tag.pk]), conditions=conditions)
    make(("transfer", savings.pk), ("payee", payee.pk), is_active=False, name="Second")
    text = export_rules(household)
    assert "Corner Shop" in text
    saved = list(
        Rule.objects.for_household(household).values_list(
            "name", "is_active", "conditions", "actions"
        )
    )
    Rule.objects.all().delete()
    assert import_rules(household=household, data=text, by=alice).added == 2
    again = Rule.objects.for_household(household)
    assert list(again.values_list("name", "is_active", "conditions", "actions")) == saved
    # Elsewhere these names mean nothing.
    elsewhere = import_rules(household=foreign["household"], data=text, by=None)
    assert elsewhere.added == 0
    assert [name for name, _reason in elsewhere.problems] == ["Shops", "Second"]
    assert "is not here" in elsewhere.problems[0][1]


def test_payees_and_tags_that_a_rule_gives_are_made(household, food):
    group = food.group.name
    rules = [
        {
            "name": "x",
            "conditions": SHOP,
            "actions": [
                {"do": "payee", "value": "Brand new"},
                {"do": "tags", "value": ["fresh"]},
                {"do": "category", "value": f"{group}: food"},
            ],
        }
    ]
    found = import_rules(
        household=household, data=json.dumps({"housebook_rules": 1, "rules": rules}), by=None
    )
    assert found.added == 1
    assert Payee.objects.get(name="Brand new").household == household
    assert Rule.objects.get().actions[2]["value"] == food.pk


def test_a_name_of_two_categories_is_not_guessed(household, food):
    CategoryFactory(household=household, name="Food")
    rules = [{"conditions": SHOP, "actions": [{"do": "category", "value": "Food"}]}]
    found = import_rules(
        household=household, data=json.dumps({"housebook_rules": 1, "rules": rules}), by=None
    )
    assert "not unique" in found.problems[0][1]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"housebook_rules": 2, "rules": []}',
        '{"housebook_rules": 1, "rules": 1}',
        "[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_files_that_are_no_rules(household, data):
    with pytest.raises(NotRulesError):
        import_rules(household=household, data=data, by=None)


@pytest.mark.parametrize(
    "rule",
    [None, 1, {}, {"conditions": [], "actions": {}}, {"actions": [None], "conditions": SHOP}],
)
def test_rules_that_are_none_are_reported(household, rule):
    data = json.dumps({"housebook_rules": 1, "rules": [rule]})
    found = import_rules(household=household, data=data, by=None)
    assert (found.added, len(found.problems)) == (0, 1)
