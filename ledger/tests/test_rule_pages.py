"""The pages of rules: who may do what, the form without JavaScript, the preview, health and suggestions."""

import datetime as dt
import json

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from ledger.models import Rule, SortedBy, Source, Transaction
from ledger.rule_health import rule_health
from ledger.rule_preview import preview_rule
from ledger.rule_replay import replay_draft
from ledger.rule_suggestions import suggest_rules
from ledger.services.categories import archive_category
from ledger.services.rulebook import save_rule
from ledger.tests.factories import make_transaction

TODAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def editor(client, bob):
    client.force_login(bob)
    return client


def one(field, op, value):
    return {"match": "all", "of": [{"field": field, "op": op, "value": value}]}


def add(household, category, *, text="shop", name="Shops", **facts):
    return save_rule(
        household=household,
        by=None,
        name=name,
        conditions=facts.pop("conditions", one("description", "contains", text)),
        actions=[{"do": "category", "value": category.pk}],
        **facts,
    )


def brought(account, *, sorted_by=SortedBy.NOBODY, **facts):
    facts = {"description": "THE SHOP", "source": Source.CSV, **facts}
    row = make_transaction(account, **facts)
    Transaction.objects.filter(pk=row.pk).update(sorted_by=sorted_by)
    return row


def typed(category=None, **more):
    """The form with one condition and one action, as a browser posts it."""
    return {
        "name": "Shops",
        "is_active": "on",
        "groups": "1",
        "match-0": "all",
        "c-0-what": "description-contains",
        "c-0-group": "0",
        "c-0-value": "shop",
        "a-0-what": "category",
        "a-0-value": str(category.pk) if category else "",
        "do": "save",
        **more,
    }


def test_the_list_says_what_each_rule_does(client, vera, household, food):
    client.force_login(vera)
    assert b"No rules yet" in client.get("/rules/").content
    add(household, food)
    page = client.get("/rules/").content.decode()
    assert "Description contains “shop”" in page
    assert "Give the category Food" in page
    assert "rules/add" not in page
    assert "/rules/" in client.get("/categories/").content.decode()


def test_a_viewer_reads_a_rule_in_words(client, vera, household, food):
    rule = add(household, food)
    client.force_login(vera)
    page = client.get(f"/rules/{rule.pk}/")
    assert "Give the category Food" in page.content.decode()
    assert b'name="do"' not in page.content
    assert client.post(f"/rules/{rule.pk}/", typed(food)).status_code == 403
    for url in ("add/", "order/", "import/", f"{rule.pk}/act/"):
        assert client.post(f"/rules/{url}", {"act": "delete"}).status_code == 403
    assert Rule.objects.count() == 1


def test_a_stranger_finds_no_rule(client, charlie, household, food):
    rule = add(household, food)
    client.force_login(charlie)
    assert client.get(f"/rules/{rule.pk}/").status_code == 404
    assert client.post(f"/rules/{rule.pk}/act/", {"act": "delete"}).status_code == 404
    client.post("/rules/order/", {"pk": [rule.pk]})
    assert b"Shops" not in client.get("/rules/export/").content
    assert Rule.objects.count() == 1


def test_a_rule_is_previewed_and_saved(editor, household, account, food):
    row = brought(account)
    page = editor.post("/rules/add/", typed(food, do="preview"))
    assert page.status_code == 200
    assert "<strong>1</strong> transaction of the past would change" in page.content.decode()
    assert not Rule.objects.exists()
    assert editor.post("/rules/add/", typed(food)).status_code == 302
    rule = Rule.objects.get()
    assert (rule.name, rule.household, rule.conditions) == (
        "Shops",
        household,
        one("description", "contains", "shop"),
    )
    row.refresh_from_db()
    assert row.category is None


def test_a_long_past_is_left_to_the_worker(
    editor, account, food, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("ledger.services.rulebook.LONG_WORK", 0)
    row = brought(account)
    with django_capture_on_commit_callbacks(execute=True):
        page = editor.post("/rules/add/", typed(food, do="apply"), follow=True).content.decode()
    assert "goes on by itself" in page
    row.refresh_from_db()
    assert row.category == food


def test_save_and_apply_can_be_undone(editor, account, food):
    row = brought(account)
    page = editor.post("/rules/add/", typed(food, do="apply"), follow=True).content.decode()
    assert "1 transaction changed." in page
    row.refresh_from_db()
    assert row.category == food
    undo = page.split('action="/history/')[1].split('"')[0]
    editor.post(f"/history/{undo}")
    row.refresh_from_db()
    assert row.category is None


def test_what_a_person_chose_changes_only_when_asked(editor, account, food, rent):
    row = brought(account, category=rent, sorted_by=SortedBy.PERSON)
    page = editor.post("/rules/add/", typed(food, do="preview")).content.decode()
    assert "1 keeps the category that a person chose." in page
    assert 'name="overwrite"' in page
    page = editor.post("/rules/add/", typed(food, do="preview", overwrite="on")).content.decode()
    assert "<strong>1</strong> transaction of the past would change" in page
    editor.post("/rules/add/", typed(food, do="apply", overwrite="on"))
    row.refresh_from_db()
    assert row.category == food


def test_htmx_gets_the_form_alone_and_is_led_away(editor, food):
    htmx = {"HX-Request": "true"}
    part = editor.post("/rules/add/", typed(food, do="preview"), headers=htmx)
    assert part.content.lstrip().startswith(b'<div id="rule-form"')
    saved = editor.post("/rules/add/", typed(food), headers=htmx)
    assert saved["HX-Redirect"] == "/rules/"


def test_rows_and_groups_come_and_go_without_javascript(editor, food):
    def press(do, posted):
        page = editor.post("/rules/add/", {**posted, "do": do})
        assert page.status_code == 200
        return page.context["draft"]

    posted = typed(food, **{"new-0": "amount-between", "new-action": "split"})
    draft = press("add:0", posted)
    assert [row.prefix for row in draft.rows()] == ["c-0", "c-1"]
    assert draft.rows()[0]["value"].value() == "shop"
    assert not draft.rows()[1].errors
    draft = press("group", posted)
    assert [(g.number, g.match, len(g.rows)) for g in draft.groups] == [
        (0, "all", 1),
        (1, "any", 1),
    ]
    assert [row.what for row in press("add-action", posted).actions] == ["category", "split"]
    assert press("drop:c-0", posted).rows() == []
    assert press("drop:a-0", posted).actions == []
    for nonsense in ("add:9", "add:²", "add:", "drop:", "x", "drop:c-9"):
        assert len(press(nonsense, posted).rows()) == 1


def test_every_kind_is_written_and_shown_again(
    editor, household, account, savings, food, rent, payee, tag
):
    kinds = [
        ("description-contains", {"value": "Café"}),
        ("description-equals", {"value": "x"}),
        ("description-matches", {"value": r"REF \d+"}),
        ("payee-is", {"value": "corner shop"}),
        ("payee-contains", {"value": "shop"}),
        ("amount-between", {"least": "1,50", "most": ""}),
        ("account-is", {"value": account.pk}),
        ("direction-is", {"value": "out"}),
        ("day-between", {"least": "1", "most": "5"}),
        ("weekday-is", {"value": "0"}),
        ("tag-is", {"value": tag.pk}),
    ]
    posted = {"groups": "2", "match-0": "any", "match-1": "all", "is_active": "on", "do": "save"}
    for n, (what, values) in enumerate(kinds):
        posted |= {f"c-{n}-what": what, f"c-{n}-group": "1" if n > 8 else "0"}
        posted |= {f"c-{n}-{name}": value for name, value in values.items()}
    actions = [
        (
            "split",
            {"by": "percent", "share_0": "33,5 %", "category_0": food.pk, "category_1": rent.pk},
        ),
        ("payee", {"value": "Someone new"}),
        ("tags", {"value": "holiday, fresh"}),
        ("notes", {"value": "n"}),
        ("skip_review", {}),
    ]
    for n, (what, values) in enumerate(actions):
        posted[f"a-{n}-what"] = what
        posted |= {f"a-{n}-{name}": value for name, value in values.items()}
    page = editor.post("/rules/add/", posted)
    assert page.status_code == 302, page.context["draft"].errors
    rule = Rule.objects.get()
    top = rule.conditions["of"]
    assert rule.name == "Café"
    assert len(top) == 10
    assert top[3] == {"field": "payee", "op": "is", "value": payee.pk}
    assert top[5]["value"] == {"min": "1.50", "max": None}
    assert top[9] == {
        "match": "all",
        "of": [
            {"field": "weekday", "op": "is", "value": 0},
            {"field": "tag", "op": "is", "value": tag.pk},
        ],
    }
    parts = [{"share": "33.5", "category": food.pk}, {"share": None, "category": rent.pk}]
    assert rule.actions[0]["value"] == {"by": "percent", "parts": parts}
    # What the page shows, posted again, is the same rule.
    draft = editor.get(f"/rules/{rule.pk}/").context["draft"]
    again = {"groups": len(draft.groups), "do": "save", "is_active": "on", "name": draft.name}
    for group in draft.groups:
        again[f"match-{group.number}"] = group.match
    for row in [*draft.rows(), *draft.actions]:
        again |= {f"{row.prefix}-what": row.what, f"{row.prefix}-group": row.group}
        for field in row:
            shown = field.field.prepare_value(field.value())
            again[field.html_name] = "" if shown is None else shown
    before = (rule.conditions, rule.actions)
    assert editor.post(f"/rules/{rule.pk}/", again).status_code == 302
    rule.refresh_from_db()
    assert (rule.conditions, rule.actions) == before
    words = editor.get("/rules/").content.decode()
    assert "33.5% Food, the rest Rent" in words


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"c-0-value": ""}, "This field is required"),
        ({"c-0-what": "description-matches", "c-0-value": "(a"}, "not a pattern"),
        ({"c-0-what": "description-matches", "c-0-value": "(a|aa)+$"}, "may take too long"),
        ({"c-0-what": "payee-is", "c-0-value": "Nobody"}, "no payee of this name"),
        ({"c-0-what": "amount-between"}, "Enter one of the two"),
        ({"c-0-what": "amount-between", "c-0-least": "x"}, "errorlist"),
        ({"c-0-what": "amount-between", "c-0-least": "9", "c-0-most": "1"}, "more than the other"),
        ({"c-0-what": "nonsense"}, "A rule needs a condition"),
        ({"a-0-what": "nonsense"}, "A rule needs something to do"),
        ({"a-0-value": "999999"}, "Select a valid choice"),
        ({"a-0-what": "split", "a-0-by": "percent"}, "two parts at least"),
        ({"a-0-what": "split", "a-0-by": "percent", "a-0-share_0": "x"}, "Enter a number"),
        (
            {"a-0-what": "split", "a-0-by": "percent", "a-0-share_0": "NaN", "a-0-share_1": "9"},
            "amount",
        ),
        (
            {"a-0-what": "split", "a-0-by": "percent", "a-0-share_0": "60", "a-0-share_1": "60"},
            "100 per cent",
        ),
        ({"a-1-what": "skip_review", "a-2-what": "skip_review"}, "Another action"),
        ({"c-0-group": "7"}, "A rule needs a condition"),
        ({"groups": "x", "c-0-value": "a\u202eb"}, ""),
        ({"c-0-value": "a\0b"}, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(editor, food, facts, says):
    page = editor.post("/rules/add/", {**typed(food), **facts})
    if says:
        assert page.status_code == 422
        assert says in page.content.decode()
        assert not Rule.objects.exists()
    else:
        assert Rule.objects.get().conditions["of"][0]["value"] == "ab"


def test_a_rule_is_moved_switched_applied_and_removed(editor, household, account, food):
    first, second = add(household, food, name="1"), add(household, food, name="2")

    def order():
        return [rule.name for rule in Rule.objects.for_household(household)]

    def act(rule, name):
        assert editor.post(f"/rules/{rule.pk}/act/", {"act": name}).status_code == 302

    act(second, "up")
    assert order() == ["2", "1"]
    act(second, "down")
    assert order() == ["1", "2"]
    act(second, "down")
    assert order() == ["1", "2"]
    editor.post("/rules/order/", {"pk": [second.pk, first.pk, "x", "²"]})
    assert order() == ["2", "1"]
    act(first, "off")
    assert not Rule.objects.get(pk=first.pk).is_active
    act(first, "on")
    row = brought(account)
    act(first, "apply")
    row.refresh_from_db()
    assert row.category == food
    act(first, "delete")
    assert order() == ["2"]


def test_rules_are_carried_to_another_household(editor, household, food):
    add(household, food)
    file = editor.get("/rules/export/")
    assert file["Content-Disposition"] == 'attachment; filename="birch-house-rules.json"'
    Rule.objects.all().delete()
    upload = SimpleUploadedFile("rules.json", file.content)
    page = editor.post("/rules/import/", {"file": upload}, follow=True)
    assert "1 rule added." in page.content.decode()
    assert Rule.objects.get().name == "Shops"
    rules = [
        {
            "name": "Gone",
            **json.loads(file.content)["rules"][0],
            "actions": [{"do": "category", "value": "Cars"}],
        }
    ]
    data = json.dumps({"housebook_rules": 1, "rules": rules}).encode()
    page = editor.post("/rules/import/", {"file": SimpleUploadedFile("x", data)}, follow=True)
    assert "“Cars” is not here." in page.content.decode()
    for bad in (b"x", b""):
        page = editor.post("/rules/import/", {"file": SimpleUploadedFile("x", bad)}, follow=True)
        assert page.status_code == 200
    assert editor.post("/rules/import/").status_code == 302
    assert Rule.objects.count() == 1


def test_the_preview_says_before_and_after(household, account, food, rent, payee, tag):
    brought(account, payee=payee, tags=[tag])
    brought(account, category=rent, sorted_by=SortedBy.PERSON)
    brought(account, description="else")
    actions = [
        {"do": "category", "value": food.pk},
        {"do": "payee", "value": "Drafted"},
        {"do": "tags", "value": ["fresh"]},
    ]
    found = preview_rule(household, one("description", "contains", "shop"), actions)
    assert (found.asked, found.matches, found.changes, found.protected) == (3, 2, 2, 1)
    newest, oldest = found.rows
    assert [(line.before, line.after) for line in oldest.lines] == [
        ("Corner Shop", "Drafted"),
        ("", "Food"),
        ("holiday", "holiday, fresh"),
    ]
    assert [line.after for line in newest.lines] == ["Drafted", "fresh"]
    assert Transaction.objects.filter(payee=payee).count() == 1


def test_the_replay_counts_what_people_confirmed(household, account, food, rent):
    recent = dt.date(2026, 10, 1)
    for category, text in ((food, "SHOP 1"), (food, "SHOP 2"), (rent, "SHOP 3"), (rent, "FLAT")):
        brought(
            account, category=category, sorted_by=SortedBy.PERSON, date=recent, description=text
        )
    brought(account, category=rent, sorted_by=SortedBy.RULE, date=recent)
    brought(account, category=rent, sorted_by=SortedBy.PERSON, date=dt.date(2025, 1, 1))
    actions = [{"do": "category", "value": food.pk}]
    found = replay_draft(household, one("description", "contains", "shop"), actions)
    assert (found.confirmed, found.decided, found.right) == (4, 3, 2)
    assert (found.precision, found.coverage) == (67, 75)
    assert [(miss.person, miss.rule) for miss in found.misses] == [("Rent", "Food")]


def test_health_finds_the_dead_the_shadowed_and_the_contradicting(
    editor, household, account, food, rent
):
    brought(account, date=dt.date(2026, 10, 1))
    well = add(household, food, name="well")
    shadowed = add(household, food, name="shadowed", text="the shop")
    against = add(household, rent, name="against")
    dead = add(household, food, name="dead", text="nowhere")
    off = add(household, food, name="off", text="nowhere", is_active=False)
    found = rule_health(household, Rule.objects.for_household(household))
    assert found[well.pk].is_well
    assert found[shadowed.pk].shadowed_by == "well"
    assert not found[shadowed.pk].conflicts_with
    assert (found[against.pk].conflicts_with, found[against.pk].conflict_rows) == ("well", 1)
    assert found[dead.pk].is_dead
    assert off.pk not in found
    archive_category(category=rent, is_archived=True)
    again = rule_health(household, Rule.objects.for_household(household))
    assert again[against.pk].names_what_is_gone
    page = editor.get("/rules/").content.decode()
    for words in ("Never holds", "Behind “well”", "is gone", "Off"):
        assert words in page


def test_the_second_same_correction_suggests_a_rule(editor, household, account, food, rent, payee):
    recent = dt.date(2026, 10, 1)
    mine = {"sorted_by": SortedBy.PERSON, "date": recent}
    brought(account, category=food, payee=payee, **mine)
    brought(account, category=rent, description="Flat 1 4711", **mine)
    assert suggest_rules(household) == []
    brought(account, category=food, payee=payee, **mine)
    brought(account, category=rent, description="Flat 1 4712", **mine)
    found = suggest_rules(household)
    assert [(s.payee_id, s.text, s.category_id, s.count) for s in found] == [
        (payee.pk, "Corner Shop", food.pk, 2),
        (None, "Flat 1", rent.pk, 2),
    ]
    page = editor.get("/rules/").content.decode()
    assert f"/rules/add/?category={food.pk}&payee={payee.pk}" in page
    draft = editor.get(f"/rules/add/?category={rent.pk}&text=Flat+1").context["draft"]
    assert draft.rows()[0]["value"].value() == "Flat 1"
    assert draft.actions[0]["value"].value() == rent.pk
    save_rule(
        household=household,
        by=None,
        name="x",
        conditions=found[0].conditions,
        actions=found[0].actions,
    )
    assert [s.payee_id for s in suggest_rules(household)] == [None]


def test_corrections_that_differ_suggest_nothing(household, account, food, rent, payee):
    for category in (food, rent):
        brought(account, category=category, payee=payee, sorted_by=SortedBy.PERSON)
    assert suggest_rules(household) == []


def test_the_list_costs_the_same_for_many_rules(
    editor, household, account, food, connection_counter
):
    brought(account)
    add(household, food)
    editor.get("/rules/")
    few = connection_counter(lambda: editor.get("/rules/"))
    for n in range(8):
        add(household, food, name=str(n))
    assert connection_counter(lambda: editor.get("/rules/")) == few


def test_what_is_proposed_is_of_the_household(editor, foreign, food):
    url = f"/rules/add/?payee={foreign['payee'].pk}&category={foreign['category'].pk}"
    draft = editor.get(url).context["draft"]
    assert draft.rows()[0].what == "description-contains"
    assert draft.actions[0]["value"].value() is None
