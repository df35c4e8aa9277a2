"""Everything of a household in one zip: JSON of each table, CSV from the rooms, uploaded files."""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import FileField
from django.utils import timezone

from accounts.models import Household, Invitation
from accounts.tenancy import household_models

_contributors: dict[str, Callable[[Household], Iterator[str]]] = {}
# A hash of a secret is still nothing for a file that gets mailed around.
_left_out: dict[type, set[str]] = {Invitation: {"token_hash"}}


def register(name: str, lines: Callable[[Household], Iterator[str]]) -> None:
    """Let a room add a text file: `lines(household)` yields its pieces."""
    _contributors[name] = lines


def leave_out(model: type, *fields: str) -> None:
    """Let a room keep secrets out of archives."""
    _left_out.setdefault(model, set()).update(fields)


def write_archive(household: Household, target: BinaryIO) -> dict:
    """Write the zip to `target` and return its manifest. Streams: memory does not grow with rows."""
    manifest = {
        "housebook": settings.VERSION,
        "household": str(household.code),
        "made_at": timezone.now().isoformat(),
        "tables": {},
        "files": [],
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        _add_rows(archive, manifest, Household, Household.objects.filter(pk=household.pk))
        for model, path in household_models().items():
            rows = model._base_manager.filter(**{path: household}).order_by("pk")
            _add_rows(archive, manifest, model, rows)
            _add_files(archive, manifest, model, rows)
        for name, lines in _contributors.items():
            with archive.open(name, "w", force_zip64=True) as file:
                for piece in lines(household):
                    file.write(piece.encode())
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    return manifest


def _add_rows(archive, manifest, model, rows) -> None:
    names = [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in _left_out.get(model, ())
    ]
    label = model._meta.label_lower
    count = 0
    with archive.open(f"json/{label}.json", "w", force_zip64=True) as file:
        file.write(b"[")
        for row in rows.values(*names).iterator(chunk_size=5000):
            file.write(
                (b",\n" if count else b"\n") + json.dumps(row, cls=DjangoJSONEncoder).encode()
            )
            count += 1
        file.write(b"\n]\n")
    manifest["tables"][label] = count


def _add_files(archive, manifest, model, rows) -> None:
    for field in model._meta.concrete_fields:
        if not isinstance(field, FileField):
            continue
        for name in rows.exclude(**{field.name: ""}).values_list(field.name, flat=True):
            if not field.storage.exists(name):
                continue
            with field.storage.open(name) as source, archive.open(f"files/{name}", "w") as file:
                for chunk in source.chunks():
                    file.write(chunk)
            manifest["files"].append(name)


def archive_file(household: Household) -> BinaryIO:
    """The archive in a temporary file, rewound; it vanishes when closed."""
    file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 the caller closes
    write_archive(household, file)
    file.seek(0)
    return file
