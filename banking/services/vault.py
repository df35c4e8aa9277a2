"""Give every stored token a new seal."""

from django.db.transaction import atomic

from banking.models import Connection, ConsentRequest
from banking.vault import SealedError, reseal

_COLUMNS = ((Connection, ("access_token", "refresh_token")), (ConsentRequest, ("verifier",)))


def reseal_all() -> tuple[int, int]:
    """Seal all tokens with the newest key. Returns how many were, and how many no key opens.

    One row at a time, so that syncs go on; safe to stop and run again.
    """
    done = lost = 0
    for model, names in _COLUMNS:
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
