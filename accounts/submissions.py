"""Forms that are sent twice take effect once (a double click, a retry after a lost answer)."""

import hashlib
import uuid
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError
from django.db.transaction import atomic

from accounts.models import Submission, User


class SubmissionReusedError(SuspiciousOperation):
    """The same submission key came with another body."""


def once(*, user: User, key: str, body: bytes, effect: Callable[[], str]) -> str:
    """Run `effect` for the first submission of `key`; return its outcome, then and ever after.

    `effect` runs in one transaction with the key's row and returns a short reference (a URL or a
    primary key). A key that is not a UUID, or is missing, protects nothing and runs `effect`.
    Raises SubmissionReusedError when the key was used for another body.
    """
    try:
        submission_key = uuid.UUID(key)
    except ValueError:
        with atomic():
            return effect()
    body_hash = hashlib.sha256(body).hexdigest()
    try:
        with atomic():
            row = Submission.objects.create(user=user, key=submission_key, body_hash=body_hash)
            row.outcome = effect()
            row.save(update_fields=["outcome"])
            return row.outcome
    except IntegrityError:
        row = Submission.objects.filter(user=user, key=submission_key).first()
        if row is None:  # the effect broke a constraint of its own
            raise
    if row.body_hash != body_hash:
        raise SubmissionReusedError("This form was sent before with other content.")
    return row.outcome
