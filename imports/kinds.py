"""What people are told of files that came to nothing."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.kinds import Kind, Words
from notifications.models import Level, Sending


def _failed(params: dict) -> Words:
    return Words(_("“%(file)s” was not imported") % {"file": params["file"]}, params["error"])


def _folder_failed(params: dict) -> Words:
    return Words(
        _("“%(file)s” from the watched folder was not imported") % {"file": params["file"]},
        params["error"],
    )


FAILED = Kind(
    code="import.failed",
    label=gettext_lazy("A file that you uploaded was not imported"),
    group=gettext_lazy("Imports"),
    describe=_failed,
    icon="file-import",
    level=Level.WRONG,
    # Whoever uploads mostly looks on.
    mail=Sending.DIGEST,
)
FOLDER_FAILED = Kind(
    code="import.folder_failed",
    label=gettext_lazy("A file in the watched folder was not imported"),
    group=gettext_lazy("Imports"),
    describe=_folder_failed,
    icon="file-import",
    level=Level.WRONG,
)
