"""What people are told of their banks."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banking.errors import words_of
from core.formatting import format_day
from notifications.kinds import Kind, Words
from notifications.models import Level


def _day(moment: str) -> str:
    return format_day(timezone.localtime(dt.datetime.fromisoformat(moment)).date(), "long")


def _consent(params: dict) -> Words:
    facts = {"bank": params["bank"], "until": _day(params["until"])}
    if params["days"]:
        return Words(
            _("The connection to %(bank)s ends soon") % facts,
            _(
                "The permission to read your accounts at %(bank)s ends on %(until)s. Renew it in a "
                "minute; your accounts and transactions stay as they are."
            )
            % facts,
        )
    return Words(
        _("Renew the connection to %(bank)s") % facts,
        _(
            "%(bank)s does not let Housebook read your accounts any more. New transactions do not "
            "come in until you renew the connection."
        )
        % facts,
    )


def _sync_failed(params: dict) -> Words:
    facts = {"bank": params["bank"], "since": _day(params["since"])}
    return Words(
        _("New transactions from %(bank)s do not come in") % facts,
        " ".join(
            [
                _("Since %(since)s not everything could be fetched.") % facts,
                words_of(params["code"], params["remedy"]),
                _("Sync once by hand; if that fails, too, renew the connection."),
            ]
        ),
    )


CONSENT = Kind(
    code="bank.consent",
    label=gettext_lazy("A bank's permission ends"),
    group=gettext_lazy("Banks"),
    describe=_consent,
    icon="plug",
    level=Level.NEAR,
)
SYNC_FAILED = Kind(
    code="bank.sync_failed",
    label=gettext_lazy("A bank cannot be read for a day"),
    group=gettext_lazy("Banks"),
    describe=_sync_failed,
    icon="refresh",
    level=Level.WRONG,
)
