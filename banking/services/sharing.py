"""Which accounts and cards a bank shares, and recognising them after a renewal."""

from banking.models import BankAccount, Connection
from banking.truelayer.client import DataApi
from banking.truelayer.errors import NotSupportedError
from banking.truelayer.reading import identity_of, number_of


def list_accounts(
    api: DataApi, connection: Connection, known: list[BankAccount]
) -> list[BankAccount]:
    """Ask for accounts and cards; keep what is new beside what is `known`. Returns all of them.

    Raises TrueLayerError and QuotaSpentError; a bank without accounts, or without cards, is fine.
    """
    found = []
    for kind, call in (
        (BankAccount.Kind.ACCOUNT, api.accounts),
        (BankAccount.Kind.CARD, api.cards),
    ):
        try:
            found += [(kind, one) for one in call() if one.get("account_id")]
        except NotSupportedError:
            continue
    return keep_accounts(connection, known, found)


def keep_accounts(
    connection: Connection, known: list[BankAccount], found: list[tuple[str, dict]]
) -> list[BankAccount]:
    """Make the connection's rows what the bank lists: by its id, else by number (a renewal may give
    new ids). One that it lists no more is marked, not deleted."""
    by_id = {(row.kind, row.external_id): row for row in known}
    shared: list[BankAccount] = []
    fresh: list[BankAccount] = []
    for kind, one in found:
        row = BankAccount(connection=connection, kind=kind, **_facts(kind, one))
        stored = by_id.get((kind, row.external_id))
        (shared if stored else fresh).append(stored or row)
        if stored and stored.is_gone:
            stored.is_gone = False
            stored.save(update_fields=["is_gone"])
    named = {row.pk for row in shared}
    for row in fresh:
        twins = [
            old
            for old in known
            if old.pk not in named and old.kind == row.kind and old.identity == row.identity != ""
            and old.currency == row.currency
        ]  # fmt: skip
        if len(twins) == 1:
            old = twins[0]
            old.external_id, old.is_gone, old.error_code = row.external_id, False, ""
            old.save(update_fields=["external_id", "is_gone", "error_code"])
            row = old
        else:
            row.save()
        named.add(row.pk)
        shared.append(row)
    for row in known:
        if row.pk not in named and not row.is_gone:
            row.is_gone = True
            row.save(update_fields=["is_gone"])
    return shared + [row for row in known if row.is_gone]


def _facts(kind: str, one: dict) -> dict:
    is_card = kind == BankAccount.Kind.CARD
    name = " ".join(str(one.get("display_name") or "").split())[:120]
    return {
        "external_id": str(one["account_id"])[:128],
        "identity": identity_of(one, is_card=is_card),
        "name": name or str(BankAccount.Kind(kind).label),
        "number": number_of(one, is_card=is_card),
        "bank_kind": str(one.get("account_type") or one.get("card_type") or "")[:32],
        "currency": str(one.get("currency") or "")[:3].upper(),
    }
