"""Remembered mappings of files: out as JSON, and in from another household or server."""

import json

from django.db.models import QuerySet
from django.db.transaction import atomic

from accounts.models import Household
from imports.models import ImportProfile
from imports.parsers.csv_mapping import CsvMapping, MappingError

MOST = 1000


def profiles_of(household: Household) -> QuerySet[ImportProfile]:
    """The household's mappings, the last used first."""
    rows = ImportProfile.objects.filter(household=household).select_related("account")
    return rows.order_by("-used_at", "pk")


def profiles_to_json(household: Household) -> list[dict]:
    """What `load_profiles` takes: without the account, which is the household's own matter."""
    return [
        {
            "name": profile.name,
            "fingerprint": profile.fingerprint,
            "mapping": CsvMapping.from_json(profile.mapping).to_json(),
        }
        for profile in profiles_of(household)
    ]


def load_profiles(*, household: Household, text: str) -> int:
    """Remember the mappings of a JSON text; one of the same shape is replaced and keeps its
    account. All or none. Returns how many. Raises MappingError."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MappingError("This is not JSON.") from error
    if not isinstance(items, list) or len(items) > MOST:
        raise MappingError(f"A list of at most {MOST} mappings is needed.")
    with atomic():
        for item in items:
            name, fingerprint, mapping = _checked(item)
            ImportProfile.objects.update_or_create(
                household=household,
                fingerprint=fingerprint,
                defaults={"name": name, "mapping": mapping},
            )
    return len(items)


def _checked(item) -> tuple[str, str, dict]:
    if not isinstance(item, dict) or not isinstance(item.get("mapping"), dict):
        raise MappingError("A mapping has a name, a fingerprint and a mapping.")
    name, fingerprint = item.get("name"), item.get("fingerprint")
    is_known = isinstance(fingerprint, str) and 0 < len(fingerprint) <= 64
    if not is_known or not isinstance(name, str) or not 0 < len(name) <= 80:
        raise MappingError("A mapping has a name, a fingerprint and a mapping.")
    mapping = CsvMapping.from_json(item["mapping"])
    if not mapping.is_complete:
        raise MappingError(f"“{name}” has no column for the date or the amount.")
    return name, fingerprint, mapping.to_json()
