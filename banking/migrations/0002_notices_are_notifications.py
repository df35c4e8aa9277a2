"""Notices of consents that end are notifications now: what was told is not told again."""

from django.db import migrations


def keep_told(apps, schema_editor):
    """A notification, read and unseen, for each owner and each notice that was sent."""
    Notice = apps.get_model("banking", "ConsentNotice")
    Membership = apps.get_model("accounts", "Membership")
    Notification = apps.get_model("notifications", "Notification")
    for notice in Notice.objects.select_related("connection").iterator():
        connection = notice.connection
        key = f"bank.consent:{connection.pk}:{notice.days}:{notice.consent_expires_at.isoformat()}"
        owners = Membership.objects.filter(household=connection.household_id, role="owner")
        Notification.objects.bulk_create(
            [
                Notification(
                    household_id=connection.household_id,
                    user_id=owner.user_id,
                    kind="bank.consent",
                    key=key,
                    in_app=False,
                    read_at=notice.sent_at,
                )
                for owner in owners
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("banking", "0001_connections"),
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(keep_told, migrations.RunPython.noop),
        migrations.DeleteModel(name="ConsentNotice"),
    ]
