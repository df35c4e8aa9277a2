"""Give every stored secret a new seal."""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model
from django.db.transaction import atomic

from core.vault import SealedError, SealedField, reseal


def _columns() -> Iterator[tuple[type[Model], list[str]]]:
    """Every table with sealed columns, whichever room it is of."""
    for model in apps.get_models():
        names = [f.name for f in model._meta.concrete_fields if isinstance(f, SealedField)]
        if names:
            yield model, names


def reseal_all() -> tuple[int, int]:
    """Seal all tokens with the newest key. Returns how many were, and how many no key opens.

    One row at a time, so that syncs go on; safe to stop and run again.
    """
    done = lost = 0
    for model, names in _columns():
        for pk in model.objects.order_by("pk").values_list("pk", flat=True):
            with atomic():
                row = model.objects.select_for_update().get(pk=pk)
                facts = {}
                for name in names:
                    try:
                        facts[name] = reseal(getattr(row, name))
                        done += bool(facts[name])
                    except SealedError:
                        lost += 1
                model.objects.filter(pk=pk).update(**facts)
    return done, lost
