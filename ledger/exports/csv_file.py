"""CSV that spreadsheets open without running anything in it."""

import csv
from collections.abc import Iterator

from django.db.models import QuerySet

from accounts.models import Household
from core.money import to_decimal
from ledger.models import Status, Transaction, TransactionTag
from ledger.own_id import own_id

COLUMNS = "date account payee description category group amount currency state notes tags transfer id".split()
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])


def safe_text(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe before what looks like one.

    OWASP, CSV injection; also behind spaces, and for the full-width forms of the signs.
    """
    text = text.translate(_CONTROLS)
    return "'" + text if text.lstrip(" \u00a0").startswith(_DANGEROUS) else text


class _Line:
    """What csv.writer writes to."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: QuerySet, household: Household) -> Iterator[str]:
    """The whole transactions of `rows`, all of `household`, as lines of CSV, header first; streams.

    `id` is `ledger.own_id`: a file that is imported into the account it came from adds nothing.
    """
    write = csv.writer(_Line()).writerow
    yield "\ufeff" + write(COLUMNS)
    found = rows.order_by("-date", "-pk").values_list(
        *(
            "pk date account__name payee__name description category__name category__group__name"
        ).split(),
        *("amount account__currency status notes transfer_id is_split").split(),
    )
    chunk: list[tuple] = []
    for row in found.iterator(chunk_size=2000):
        chunk.append(row)
        if len(chunk) == 2000:
            yield from _write(chunk, write, household)
            chunk = []
    yield from _write(chunk, write, household)


def _write(chunk: list[tuple], write, household: Household) -> Iterator[str]:
    tags: dict[int, list[str]] = {}
    for pk, name in TransactionTag.objects.filter(
        transaction__in=[row[0] for row in chunk]
    ).values_list("transaction_id", "tag__name"):
        tags.setdefault(pk, []).append(name)
    for (
        pk,
        date,
        account,
        payee,
        text,
        category,
        group,
        amount,
        currency,
        status,
        notes,
        transfer,
        split,
    ) in chunk:
        yield write(
            [
                date.isoformat(),
                safe_text(account),
                safe_text(payee or ""),
                safe_text(text),
                "(split)" if split else safe_text(category or ""),
                safe_text(group or ""),
                str(to_decimal(amount, currency)),
                currency,
                Status(status).name.lower(),
                safe_text(notes),
                safe_text(", ".join(tags.get(pk, ()))),
                transfer or "",
                own_id(household.code, pk),
            ]
        )


def household_csv(household: Household) -> Iterator[str]:
    """All transactions of a household, for its archive."""
    return csv_lines(Transaction.objects.for_household(household).movements(), household)
