"""Rows that came in twice: which pairs are found, what a merge makes of them, what survives it."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import snapshots
from ledger.duplicates import SURE, duplicate_offers, similarity
from ledger.errors import ConflictError, ForeignRowError, LedgerError, ReconciledError
from ledger.invariants import check
from ledger.models import (
    Attachment,
    ChangeSet,
    Reconciliation,
    Status,
    Tombstone,
    Transaction,
    TransferRefusal,
)
from ledger.services.attachments import add_attachment, purge_orphans
from ledger.services.batches import undo_batch
from ledger.services.duplicates import (
    join_sure_duplicates,
    merge_duplicates,
    refuse_duplicate,
)
from ledger.services.feed import take_feed
from ledger.services.feed_facts import Feed
from ledger.services.naming import find_or_make_tags
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.refunds import link_refund
from ledger.services.statements import Outcome, post_lines
from ledger.services.transactions import Part, edit_transaction, split_transaction
from ledger.services.transfers import link_transfer
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, make_transaction

DAY = dt.date(2026, 11, 3)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    from accounts.models import Household

    monkeypatch.setattr(Household, "today", lambda _self: dt.date(2026, 11, 20))


def line(number, day, amount, text, **facts):
    return StatementLine(number, dt.date(2026, 11, day), amount, text, **facts)


def post(account, lines, source, by=None, all_of_it=True):
    """A file; with `all_of_it`, also the lines that look like rows that are here."""
    decide = (lambda match: match.outcome is Outcome.PROBABLE) if all_of_it else None
    return post_lines(account=account, lines=lines, source=source, by=by, decide=decide)


def take(account, lines):
    """The bank says these, and has its say until the 20th."""
    feed = Feed(dt.date(2026, 10, 1), dt.date(2026, 11, 20), lines, pending=[])
    return take_feed(account=account, feed=feed)


def pair(account, by, csv="BAKERY 12 LONDON", ofx="Bakery London", days=1):
    """One purchase from two files: (the CSV's row, the OFX file's)."""
    post(account, [line(1, 3, -500, csv)], "csv", by)
    post(account, [line(1, 3 + days, -500, ofx, external_id="o1")], "ofx", by)
    return [Transaction.objects.get(source=source) for source in ("csv", "ofx")]


def everything() -> dict:
    """All facts of all rows, and where files hang."""
    ids = Transaction.objects.movements().values_list("pk", flat=True)
    hung = dict(Attachment.objects.values_list("pk", "transaction_id"))
    graves = sorted(Tombstone.objects.values_list("source", "external_id", "survivor_id", "reason"))
    return {"rows": snapshots.take(ids), "files": hung, "graves": graves}


# --- Which pairs are found --------------------------------------------------------------------


def test_two_files_of_one_purchase(account, alice, household, sound):
    first, second = pair(account, alice)
    (offer,) = duplicate_offers(household)
    assert {offer.keep, offer.drop} == {first, second}
    assert offer.is_sure
    assert offer.score >= SURE
    assert offer.days_apart == 1


def test_the_banks_row_is_the_one_to_keep(account, alice, household, sound):
    make_transaction(account, -500, DAY, by=alice, description="bakery")
    Transaction.objects.update(external_id="")
    row = make_transaction(account, -500, DAY, by=alice, description="BAKERY", source="bank")
    (offer,) = duplicate_offers(household)
    assert offer.keep == row
    assert offer.is_sure


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (line(1, 3, -500, "BAKERY"), line(1, 3, -501, "BAKERY")),
        (line(1, 3, -500, "BAKERY"), line(1, 3, 500, "BAKERY")),
        (line(1, 3, -500, "BAKERY"), line(1, 9, -500, "BAKERY")),
        (line(1, 3, -500, "BAKERY"), line(1, 8, -500, "Zoo tickets")),
    ],
)
def test_what_is_no_pair(account, alice, household, first, second, sound):
    post(account, [first], "csv", alice)
    post(account, [second], "ofx", alice)
    assert duplicate_offers(household) == []


def test_two_rows_of_one_source_are_never_a_pair(account, alice, household, sound):
    coffees = [line(1, 3, -350, "COFFEE"), line(2, 3, -350, "COFFEE"), line(3, 4, -350, "COFFEE 2")]
    post(account, coffees, "csv", alice)
    post(account, [line(1, 4, -350, "COFFEE 3")], "csv", alice)
    take(account, [])
    assert duplicate_offers(household) == []
    rows = list(Transaction.objects.order_by("pk"))
    for other in rows[1:]:
        with pytest.raises(LedgerError, match="they are two"):
            merge_duplicates(keep=rows[0], drop=other, by=alice)


def test_two_rows_of_the_bank_are_never_a_pair(account, alice, household, sound):
    lines = [line(n, 3, -350, "COFFEE", external_id=f"b{n}") for n in (1, 2)]
    take(account, lines)
    assert duplicate_offers(household) == []
    one, two = Transaction.objects.all()
    with pytest.raises(LedgerError, match="they are two"):
        merge_duplicates(keep=one, drop=two, by=alice)


def test_accounts_and_households_are_not_mixed(account, savings, foreign, alice, household, sound):
    post(account, [line(1, 3, -500, "BAKERY")], "csv", alice)
    post(savings, [line(1, 3, -500, "BAKERY")], "ofx", alice)
    post(foreign["account"], [line(1, 3, -500, "BAKERY")], "qif")
    assert duplicate_offers(household) == []
    one, two, three = Transaction.objects.order_by("pk")
    with pytest.raises(LedgerError, match="one account"):
        merge_duplicates(keep=one, drop=two, by=alice)
    with pytest.raises(ForeignRowError):
        merge_duplicates(keep=one, drop=three, by=alice)
    with pytest.raises(LedgerError):
        merge_duplicates(keep=one, drop=one, by=alice)


def test_a_third_row_makes_a_pair_doubtful(account, alice, household, sound):
    post(account, [line(1, 3, -350, "COFFEE"), line(2, 3, -350, "COFFEE")], "csv", alice)
    post(account, [line(1, 4, -350, "COFFEE", external_id="o1")], "ofx", alice)
    (offer,) = duplicate_offers(household)
    assert not offer.is_sure
    assert join_sure_duplicates(household=household, by=alice) is None


def test_what_people_made_of_both_is_for_people(account, alice, household, food, rent, sound):
    first, second = pair(account, alice)
    edit_transaction(transaction=first, by=alice, category=food)
    edit_transaction(transaction=second, by=alice, category=rent)
    (offer,) = duplicate_offers(household)
    assert not offer.is_sure


def test_the_same_typed_twice_is_never_sure(account, alice, household, payee, sound):
    for _number in range(2):
        make_transaction(account, -500, DAY, by=alice, payee=payee)
    (offer,) = duplicate_offers(household)
    assert not offer.is_sure


def test_a_typed_row_without_words_is_offered(account, alice, household, sound):
    make_transaction(account, -500, DAY, by=alice)
    post(account, [line(1, 4, -500, "BAKERY")], "csv", alice)
    (offer,) = duplicate_offers(household)
    assert (offer.keep.source, offer.is_sure) == ("csv", False)


def test_refused_pairs_are_not_asked_about_again(account, alice, household, sound):
    first, second = pair(account, alice)
    refuse_duplicate(household=household, ids=[second.pk, first.pk])
    refuse_duplicate(household=household, ids=[first.pk, second.pk])
    assert duplicate_offers(household) == []
    assert TransferRefusal.objects.count() == 1


def test_old_rows_and_pending_ones_of_the_bank_are_left_alone(account, alice, household, sound):
    post(account, [line(1, 3, -500, "BAKERY", pending=True)], "csv", alice)
    post(account, [line(1, 4, -500, "Bakehouse")], "ofx", alice)
    assert duplicate_offers(household) == []
    one, two = Transaction.objects.order_by("pk")
    with pytest.raises(LedgerError, match="pending"):
        merge_duplicates(keep=two, drop=one, by=alice)
    Transaction.objects.update(status=Status.BOOKED)
    assert len(duplicate_offers(household)) == 1
    assert duplicate_offers(household, months=0) == []
    Transaction.objects.filter(pk=one.pk).update(status=Status.PENDING)


def test_a_thousand_equal_rows_cost_little(account, alice, household, connection_counter, sound):
    post(account, [line(n, 3, -350, "COFFEE") for n in range(400)], "csv", alice)
    post(account, [line(n, 4, -350, "COFFEE", external_id=f"o{n}") for n in range(400)], "ofx")
    assert connection_counter(lambda: duplicate_offers(household)) <= 6
    offers = duplicate_offers(household, limit=1000)
    ids = [row.pk for offer in offers for row in (offer.keep, offer.drop)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("one", "two", "least", "most"),
    [
        ("bakery", "bakery", 1, 1),
        ("bakery london", "card payment bakery", 0.5, 0.7),
        ("card payment zoo", "card refund", 0, 0.6),
        ("amazon mktplace", "amzn mktp", 0.6, 0.9),
        ("bakery", "zoo", 0, 0.3),
        ("", "bakery", 0, 0),
    ],
)
def test_how_alike_texts_are(one, two, least, most):
    assert least <= similarity(one, two) <= most


# --- What a merge makes -----------------------------------------------------------------------


def test_the_kept_one_takes_over_what_it_lacks(account, alice, household, food, payee, sound):
    csv, ofx = pair(account, alice)
    tags = find_or_make_tags(household=household, names=["trip", "bread"])
    edit_transaction(
        transaction=ofx, by=alice, category=food, payee=payee, notes="two loaves", tags=tags
    )
    edit_transaction(transaction=csv, by=alice, notes="for the party", payee=None, tags=tags[:1])
    add_attachment(transaction=ofx, upload=SimpleUploadedFile("r.pdf", b"%PDF-1"), by=alice)
    before = everything()
    change_set = merge_duplicates(keep=csv, drop=ofx, by=alice)
    csv.refresh_from_db()
    assert Transaction.objects.get() == csv
    assert (csv.category, csv.payee, csv.notes) == (food, payee, "for the party\ntwo loaves")
    assert (csv.date, csv.source, csv.description) == (DAY, "csv", "BAKERY 12 LONDON")
    assert set(csv.tags.all()) == set(tags)
    assert csv.attachments.count() == 1
    grave = Tombstone.objects.get(transaction_id=ofx.pk)
    assert (grave.reason, grave.survivor_id, grave.external_id) == ("merged", csv.pk, "o1")
    after = everything()

    undone = undo(change_set=change_set, by=alice)
    assert undone.kept_ids == ()
    assert everything() == before
    redone = undo(change_set=undone.change_set, by=alice)
    assert everything() == after
    undo(change_set=redone.change_set, by=alice)
    assert everything() == before


def test_what_the_kept_one_has_stays(account, alice, food, rent, payee, sound):
    csv, ofx = pair(account, alice)
    edit_transaction(transaction=csv, by=alice, category=food, payee=payee, notes="both")
    edit_transaction(transaction=ofx, by=alice, category=rent, notes="both")
    merge_duplicates(keep=csv, drop=ofx, by=alice)
    csv.refresh_from_db()
    assert (csv.category, csv.payee, csv.notes) == (food, payee, "both")


def test_parts_are_taken_over(account, alice, household, food, rent, sound):
    csv, ofx = pair(account, alice)
    edit_transaction(transaction=csv, by=alice, category=food)
    tags = find_or_make_tags(household=household, names=["trip"])
    parts = [Part(-200, food, notes="bread", tags=tags), Part(-300, rent)]
    split_transaction(transaction=ofx, parts=parts, by=alice)
    before = everything()
    change_set = merge_duplicates(keep=csv, drop=ofx, by=alice)
    csv.refresh_from_db()
    assert csv.is_split
    assert csv.category is None
    found = [(p.amount, p.category, p.notes, p.date) for p in csv.parts.order_by("pk")]
    assert found == [(-200, food, "bread", DAY), (-300, rent, "", DAY)]
    assert list(csv.parts.order_by("pk")[0].tags.all()) == tags
    # The trash may give the other one back, with parts of its own.
    restore(household=household, transaction_ids=[ofx.pk], by=alice)
    assert Transaction.objects.filter(parent=ofx.pk).count() == 2
    delete_transactions(household=household, ids=[ofx.pk], by=alice)
    undo(change_set=change_set, by=alice)
    assert everything()["rows"] == before["rows"]


def test_a_split_that_stays_keeps_its_parts(account, alice, food, rent, sound):
    csv, ofx = pair(account, alice)
    split_transaction(transaction=csv, parts=[Part(-200, food), Part(-300)], by=alice)
    edit_transaction(transaction=ofx, by=alice, category=rent)
    merge_duplicates(keep=csv, drop=ofx, by=alice)
    csv.refresh_from_db()
    assert sorted(csv.parts.values_list("amount", flat=True)) == [-300, -200]


def test_a_transfer_moves_to_the_kept_one(account, savings, alice, food, sound):
    csv, ofx = pair(account, alice)
    edit_transaction(transaction=csv, by=alice, category=food)
    other = make_transaction(savings, 500, DAY, by=alice)
    transfer = link_transfer(first=ofx, second=other, by=alice)
    before = everything()
    change_set = merge_duplicates(keep=csv, drop=ofx, by=alice)
    assert set(transfer.legs.all()) == {csv, other}
    after = everything()
    undone = undo(change_set=change_set, by=alice)
    assert everything() == before
    undo(change_set=undone.change_set, by=alice)
    assert everything() == after


def test_a_transfer_that_cannot_move_ends(account, savings, alice, food, sound):
    csv, ofx = pair(account, alice)
    split_transaction(transaction=csv, parts=[Part(-200, food), Part(-300)], by=alice)
    other = make_transaction(savings, 500, DAY, by=alice)
    link_transfer(first=ofx, second=other, by=alice)
    before = everything()
    change_set = merge_duplicates(keep=csv, drop=ofx, by=alice)
    other.refresh_from_db()
    assert other.transfer is None
    undo(change_set=change_set, by=alice)
    assert everything() == before


def test_refunds_move_to_the_kept_one(account, alice, sound):
    csv, ofx = pair(account, alice)
    refund = make_transaction(account, 200, DAY, by=alice)
    link_refund(refund=refund, expense=ofx, by=alice)
    before = everything()
    change_set = merge_duplicates(keep=csv, drop=ofx, by=alice)
    refund.refresh_from_db()
    assert refund.refund_of == csv
    undo(change_set=change_set, by=alice)
    assert everything() == before


def test_a_refund_that_came_twice(account, alice, sound):
    expense = make_transaction(account, -900, DAY, by=alice)
    post(account, [line(1, 4, 200, "SHOP")], "csv", alice)
    post(account, [line(1, 4, 200, "SHOP LTD")], "ofx", alice)
    csv, ofx = Transaction.objects.filter(amount=200).order_by("pk")
    link_refund(refund=ofx, expense=expense, by=alice)
    before = everything()
    change_set = merge_duplicates(keep=csv, drop=ofx, by=alice)
    csv.refresh_from_db()
    assert csv.refund_of == expense
    undo(change_set=change_set, by=alice)
    assert everything() == before


def test_the_reconciled_one_stays(account, alice, household, food, sound):
    csv, ofx = pair(account, alice)
    reconciliation = start_reconciliation(
        account=account, statement_on=DAY, statement_balance=-500, by=alice
    )
    tick(reconciliation=reconciliation, ids=[csv.pk], is_ticked=True, by=alice)
    finish_reconciliation(reconciliation=reconciliation, by=alice)
    (offer,) = duplicate_offers(household)
    assert offer.keep == csv
    with pytest.raises(ReconciledError):
        merge_duplicates(keep=ofx, drop=csv, by=alice)
    edit_transaction(transaction=ofx, by=alice, category=food)
    merge_duplicates(keep=csv, drop=ofx, by=alice)
    csv.refresh_from_db()
    assert csv.is_reconciled
    assert csv.category == food


def test_a_tick_is_taken_over(account, alice, sound):
    csv, ofx = pair(account, alice)
    reconciliation = start_reconciliation(
        account=account, statement_on=dt.date(2026, 11, 10), statement_balance=-500, by=alice
    )
    tick(reconciliation=reconciliation, ids=[ofx.pk], is_ticked=True, by=alice)
    merge_duplicates(keep=csv, drop=ofx, by=alice)
    finish_reconciliation(reconciliation=reconciliation, by=alice)
    assert Reconciliation.objects.get().rows.get() == csv


def test_a_typed_pending_row_is_booked_by_its_twin(account, alice, food, sound):
    typed = make_transaction(account, -500, DAY, by=alice, status=Status.PENDING)
    split_transaction(transaction=typed, parts=[Part(-200, food), Part(-300)], by=alice)
    post(account, [line(1, 3, -500, "BAKERY")], "csv", alice)
    merge_duplicates(keep=typed, drop=Transaction.objects.get(source="csv"), by=alice)
    typed.refresh_from_db()
    assert (typed.status, typed.description) == (Status.BOOKED, "BAKERY")
    assert set(typed.parts.values_list("status", flat=True)) == {Status.BOOKED}


def test_one_that_is_gone_is_not_merged(account, alice, household, sound):
    csv, ofx = pair(account, alice)
    delete_transactions(household=household, ids=[ofx.pk], by=alice)
    with pytest.raises(ConflictError):
        merge_duplicates(keep=csv, drop=ofx, by=alice)


def test_files_are_not_swept_up_after_a_merge(account, alice, sound):
    csv, ofx = pair(account, alice)
    add_attachment(transaction=ofx, upload=SimpleUploadedFile("r.pdf", b"%PDF-1"), by=alice)
    merge_duplicates(keep=csv, drop=ofx, by=alice)
    Tombstone.objects.update(snapshot=None)
    assert purge_orphans() == 0
    assert csv.attachments.count() == 1


# --- What survives it -------------------------------------------------------------------------


def test_a_third_file_finds_the_merged_one(account, alice, sound):
    csv, ofx = pair(account, alice)
    merge_duplicates(keep=csv, drop=ofx, by=alice)
    again = post(account, [line(1, 3, -500, "BAKERY")], "camt", alice, all_of_it=False)
    assert again.counts == {Outcome.PROBABLE: 1}
    qif = [line(1, 3, -500, "Baker St"), line(2, 3, -500, "Baker St")]
    assert post(account, qif, "qif", alice, all_of_it=False).added == 1  # the second is another


def test_merged_again_the_first_one_is_still_known(account, alice, sound):
    csv, ofx = pair(account, alice)
    merge_duplicates(keep=ofx, drop=csv, by=alice)
    typed = make_transaction(account, -500, DAY, by=alice)
    before = everything()
    change_set = merge_duplicates(keep=typed, drop=ofx, by=alice)
    assert set(Tombstone.objects.values_list("survivor_id", flat=True)) == {typed.pk}
    post(account, [line(1, 4, -500, "BAKERY 2")], "csv", alice)
    newest = Transaction.objects.latest("pk")
    with pytest.raises(LedgerError, match="they are two"):
        merge_duplicates(keep=typed, drop=newest, by=alice)
    delete_transactions(household=account.household, ids=[newest.pk], by=alice)
    Tombstone.objects.filter(transaction_id=newest.pk).delete()
    undo(change_set=change_set, by=alice)
    assert everything() == before


def test_the_undo_of_an_import_keeps_what_was_merged_into(account, alice, sound):
    csv, ofx = pair(account, alice)
    merge_duplicates(keep=csv, drop=ofx, by=alice)
    undo_batch(batch=csv.batch, by=alice)
    assert Transaction.objects.get() == csv


@pytest.mark.parametrize("kept", ["bank", "csv"])
def test_a_bank_does_not_bring_it_again(account, alice, household, kept, sound):
    said = [line(1, 3, -500, "BAKERY LTD", external_id="b1"), line(2, 5, -70, "BUS")]
    take(account, said)
    post(account, [line(1, 4, -500, "Bakery")], "csv", alice)
    rows = {row.source: row for row in Transaction.objects.filter(amount=-500)}
    dropped = rows.pop("csv" if kept == "bank" else "bank")
    merge_duplicates(keep=rows[kept], drop=dropped, by=alice)
    fed = take(account, said)
    assert fed.changes == 0
    assert post(account, [line(1, 4, -500, "Bakery")], "csv", alice, all_of_it=False).added == 0
    assert Transaction.objects.count() == 2


TEXTS = st.sampled_from(["COFFEE", "Coffee Corner", "BAKERY 12", "", "coffee corner ltd"])
ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from([-350, -500]), TEXTS), min_size=1, max_size=6
)


@settings(max_examples=25)
@given(first=ROWS, second=ROWS, by_id=st.booleans(), swap=st.booleans())
def test_after_merges_both_files_add_nothing(alice, household, first, second, by_id, swap):
    """Whatever two files say: every pair merged, both posted again, then every merge undone."""
    account = AccountFactory(household=household)
    csv = [line(n, *row) for n, row in enumerate(first)]
    ofx = [line(n, *row, external_id=f"o{n}" if by_id else "") for n, row in enumerate(second)]
    post(account, csv, "csv")
    post(account, ofx, "ofx")
    rows = Transaction.objects.filter(account=account)
    rows.filter(source="ofx", amount=-350).update(needs_review=True)
    history = []
    for offer in duplicate_offers(household):
        if offer.keep.account_id != account.pk:
            continue  # of an earlier example
        assert {offer.keep.source, offer.drop.source} == {"csv", "ofx"}
        keep, drop = (offer.drop, offer.keep) if swap else (offer.keep, offer.drop)
        before = _of(account)
        history.append((merge_duplicates(keep=keep, drop=drop, by=None), before))
    count = rows.count()
    assert count == _distinct(csv, ofx, by_id) - len(history)
    for lines, source in ((csv, "csv"), (ofx, "ofx"), (csv, "csv")):
        assert post(account, lines, source, all_of_it=False).added == 0
    assert rows.count() == count
    for change_set, before in reversed(history):
        assert undo(change_set=change_set, by=None).kept_ids == ()
        assert _of(account) == before
    assert check(household) == []
    for lines, source in ((ofx, "ofx"), (csv, "csv")):
        assert post(account, lines, source, all_of_it=False).added == 0


def _of(account) -> dict:
    ids = Transaction.objects.movements().filter(account=account).values_list("pk", flat=True)
    return snapshots.take(ids)


def _distinct(csv, ofx, by_id) -> int:
    """How many rows two files make: without ids, equal lines of both are one."""
    if by_id:
        return len(csv) + len(ofx)
    keys = [
        [(ln.date, ln.amount, ln.description.casefold()) for ln in lines] for lines in (csv, ofx)
    ]
    return sum(max(keys[0].count(key), keys[1].count(key)) for key in {*keys[0], *keys[1]})


# --- The page ---------------------------------------------------------------------------------


def test_the_page_shows_both_sides_and_takes_answers(client, alice, account, household, sound):
    csv, ofx = pair(account, alice)
    client.force_login(alice)
    url = reverse("ledger:duplicates")
    text = client.get(url).content.decode()
    assert "Merge 1 that is sure" in text
    assert text.count("data-row") == 1
    for key in ("m", "o", "b"):
        assert f'data-key="{key}"' in text
    answer = reverse("ledger:duplicate_answer")
    client.post(answer, {"left": csv.pk, "right": ofx.pk, "answer": "nonsense"})
    assert Transaction.objects.count() == 2
    page = client.post(answer, {"left": csv.pk, "right": ofx.pk, "answer": "right"}, follow=True)
    assert "Merged into one transaction." in page.content.decode()
    assert Transaction.objects.get() == ofx
    assert "Nothing to decide" in page.content.decode()
    # Asked again by a second tab, the first row is gone.
    again = client.post(answer, {"left": csv.pk, "right": ofx.pk, "answer": "left"})
    assert again.status_code == 404


def test_keeping_both_is_remembered(client, bob, account, sound):
    csv, ofx = pair(account, bob)
    client.force_login(bob)
    answer = reverse("ledger:duplicate_answer")
    page = client.post(answer, {"left": csv.pk, "right": ofx.pk, "answer": "both"}, follow=True)
    assert "Both stay." in page.content.decode()
    assert "Nothing to decide" in page.content.decode()
    assert Transaction.objects.count() == 2


def test_a_refusal_is_said(client, alice, account, sound):
    one = make_transaction(account, -500, DAY, by=alice)
    two = make_transaction(account, -501, DAY, by=alice)
    client.force_login(alice)
    data = {"left": one.pk, "right": two.pk, "answer": "left"}
    page = client.post(reverse("ledger:duplicate_answer"), data, follow=True)
    assert "Only rows of one account" in page.content.decode()


def test_the_sure_ones_are_joined_in_one_act(client, alice, account, sound):
    for number in range(3):
        post(account, [line(1, 3, -500 - number, f"SHOP {number}")], "csv", alice)
        post(account, [line(1, 4, -500 - number, f"SHOP {number}.")], "ofx", alice)
    make_transaction(account, -500, DAY + dt.timedelta(days=60), by=alice)
    before = everything()
    client.force_login(alice)
    page = client.post(reverse("ledger:duplicate_join"), follow=True)
    assert "3 pairs merged." in page.content.decode()
    assert Transaction.objects.count() == 4
    change_set = ChangeSet.objects.latest("pk")
    undone = undo(change_set=change_set, by=alice)
    assert everything() == before
    undo(change_set=undone.change_set, by=alice)
    assert Transaction.objects.count() == 4
    page = client.post(reverse("ledger:duplicate_join"), follow=True)
    assert "nothing left to merge" in page.content.decode()


def test_viewers_look_and_do_not_answer(client, vera, alice, account, sound):
    csv, ofx = pair(account, alice)
    client.force_login(vera)
    text = client.get(reverse("ledger:duplicates")).content.decode()
    assert "BAKERY 12 LONDON" in text
    assert "data-key" not in text
    data = {"left": csv.pk, "right": ofx.pk, "answer": "left"}
    assert client.post(reverse("ledger:duplicate_answer"), data).status_code == 403
    assert client.post(reverse("ledger:duplicate_join")).status_code == 403


def test_strangers_merge_nothing(client, charlie, alice, account, sound):
    csv, ofx = pair(account, alice)
    client.force_login(charlie)
    for answer in ("left", "right", "both"):
        data = {"left": csv.pk, "right": ofx.pk, "answer": answer}
        assert client.post(reverse("ledger:duplicate_answer"), data).status_code == 404
    assert Transaction.objects.count() == 2
    assert not TransferRefusal.objects.exists()
