"""Deletion of people and households, after a time in which it can be taken back."""

import datetime as dt

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import FileField
from django.db.transaction import atomic, on_commit
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import LastOwnerError
from accounts.models import Household, Role, User
from accounts.services.audit import record
from accounts.tenancy import household_models


def _due() -> dt.datetime:
    return timezone.now() + dt.timedelta(days=settings.GRACE_DAYS)


def request_household_deletion(*, household: Household, by: User) -> Household:
    """Delete the household and everything in it once the grace period is over."""
    household.delete_after = _due()
    household.save(update_fields=["delete_after"])
    record("deletion asked for", household=household, actor=by)
    for member in User.objects.filter(memberships__household=household):
        _tell(
            member,
            _("A household will be deleted"),
            _(
                "“%(name)s” will be deleted on %(day)s. An owner can still cancel this in its settings."
            )
            % {"name": household.name, "day": household.delete_after.date()},
        )
    return household


def cancel_household_deletion(*, household: Household, by: User) -> Household:
    """Keep it."""
    household.delete_after = None
    household.save(update_fields=["delete_after"])
    record("deletion cancelled", household=household, actor=by)
    return household


def request_user_deletion(*, user: User) -> User:
    """Delete one's account once the grace period is over.

    Households that nobody else is in go with it. Raises LastOwnerError when others would be left
    without an owner.
    """
    for membership in user.memberships.filter(role=Role.OWNER).select_related("household"):
        others = membership.household.memberships.exclude(user=user)
        if others.exists() and not others.filter(role=Role.OWNER).exists():
            raise LastOwnerError
    user.delete_after = _due()
    user.save(update_fields=["delete_after"])
    record("account deletion asked for", actor=user, target=user.email)
    _tell(
        user,
        _("Your account will be deleted"),
        _(
            "Your account will be deleted on %(day)s. Sign in before that to cancel it in your profile."
        )
        % {"day": user.delete_after.date()},
    )
    return user


def cancel_user_deletion(*, user: User) -> User:
    """Stay."""
    user.delete_after = None
    user.save(update_fields=["delete_after"])
    record("account deletion cancelled", actor=user, target=user.email)
    return user


def _tell(user: User, subject: str, text: str) -> None:
    on_commit(lambda: send_mail(subject, text, None, [user.email]))


def carry_out(now: dt.datetime) -> int:
    """Delete everybody and everything whose grace period is over. Returns how many."""
    done = 0
    for household in Household.objects.filter(delete_after__lte=now):
        delete_household(household)
        done += 1
    for user in User.objects.filter(delete_after__lte=now):
        delete_user(user)
        done += 1
    return done


def delete_household(household: Household) -> None:
    """Delete a household now, set by set, and the files that it uploaded."""
    files = []
    with atomic():
        for model, path in household_models().items():
            rows = model._base_manager.filter(**{path: household})
            for field in model._meta.concrete_fields:
                if isinstance(field, FileField):
                    names = rows.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                    files += [(field.storage, name) for name in names]
            # Rows of one table may point to each other; the database checks at commit.
            for field in model._meta.concrete_fields:
                if field.is_relation and field.null:
                    rows.exclude(**{field.name: None}).update(**{field.name: None})
            model._base_manager.filter(pk__in=rows.values("pk"))._raw_delete(
                rows.db
            ) if "__" in path else rows._raw_delete(rows.db)
        User.objects.filter(last_household=household).update(last_household=None)
        Household.objects.filter(pk=household.pk)._raw_delete("default")
        record("household deleted", target=str(household.code))
        on_commit(lambda: [storage.delete(name) for storage, name in files])


def delete_user(user: User) -> None:
    """Delete a person now, and the households that only they were in."""
    with atomic():
        for membership in user.memberships.select_related("household"):
            if not membership.household.memberships.exclude(user=user).exists():
                delete_household(membership.household)
        user.delete()
        record("account deleted")
