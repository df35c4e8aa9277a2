"""What leaves the house: words, bundles, second tries, and nothing twice."""

import datetime as dt
import io
import logging
import threading

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from notifications.models import Delivery, Notification
from notifications.services import sending
from notifications.services.tidying import tidy

HTML = "text/html"


def html_of(message) -> str:
    return next(one.content for one in message.alternatives if one.mimetype == HTML)


class Unreachable(EmailBackend):
    """A mail server that refuses some people."""

    refuses: tuple[str, ...] = ()

    def send_messages(self, messages):
        if any(message.to[0] in self.refuses for message in messages):
            raise ConnectionRefusedError("550 no such person: Groceries")
        return super().send_messages(messages)


@pytest.fixture
def server(settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    monkeypatch.setattr(Unreachable, "refuses", ())
    return Unreachable


def test_a_mail_is_in_the_readers_language_and_locale(tell, household, alice, bob):
    alice.language, alice.locale = "de", "de-DE"
    alice.save()
    tell(url="/transactions/")
    words = {one.to[0]: one for one in mail.outbox}
    assert "12.345,67\xa0€ in de" in words["alice@example.org"].body
    assert "€12,345.67 in en" in words["bob@example.org"].body
    for one in mail.outbox:
        assert one.subject == "Groceries"
        assert "http://localhost:8000/transactions/" in one.body
        assert "http://localhost:8000/notifications/settings/" in one.body
        assert 'href="http://localhost:8000/transactions/"' in html_of(one)


def test_a_hostile_name_is_text_and_no_header(tell, household, alice):
    name = 'x"><script>alert(1)</script>\r\nBcc: all@example.org\n\n<b>hi\u202e'
    household.name = "<i>House</i>"
    household.save()
    tell(name)
    (sent,) = mail.outbox
    message = sent.message()
    assert "\n" not in sent.subject
    assert message["Bcc"] is None
    assert sent.recipients() == ["alice@example.org"]
    assert "\u202e" not in sent.subject + sent.body
    markup = html_of(sent)
    assert "<script" not in markup
    assert "<b>" not in markup.replace("<b>Housebook</b>", "")
    assert "&lt;i&gt;House" in markup


def test_a_mail_fetches_nothing(tell, alice):
    tell()
    markup = html_of(mail.outbox[0])
    assert "src=" not in markup
    assert "url(" not in markup
    assert "<link" not in markup


def test_a_burst_of_one_moment_is_one_mail(
    household, alice, bob, django_capture_on_commit_callbacks
):
    from notifications.services.notify import notify

    with django_capture_on_commit_callbacks(execute=True):
        for name in ("Rent", "Power", "Water"):
            notify(household=household, kind="t.now", key=name, params={"title": name})
    assert len(mail.outbox) == 2
    for one in mail.outbox:
        assert all(name in one.body for name in ("Rent", "Power", "Water"))


def test_a_long_digest_counts_the_rest(tell, household, alice, later):
    for number in range(53):
        tell(f"Thing {number}", kind="t.later")
    call_command("send_digests", "--now", stdout=io.StringIO())
    (sent,) = mail.outbox
    assert "53 things" in sent.subject
    assert "And 3 more" in sent.body


def test_the_command_sends_digests_when_due_or_when_told_to(tell, alice, capsys):
    tell(kind="t.later")
    call_command("send_digests")
    assert capsys.readouterr().out == "0 sent.\n"
    call_command("send_digests", "--now")
    call_command("send_digests", "--now")
    assert capsys.readouterr().out == "1 sent.\n0 sent.\n"
    assert len(mail.outbox) == 1


def test_one_persons_failure_stops_nobody_and_is_tried_five_times(
    server, tell, alice, bob, later, caplog
):
    server.refuses = ("alice@example.org",)
    with time_machine.travel(dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC), tick=False) as clock:
        with caplog.at_level(logging.DEBUG):
            tell()
        assert [one.to[0] for one in mail.outbox] == ["bob@example.org"]
        tries = []
        for minute in range(200):
            clock.shift(60)
            before = Delivery.objects.get(notification__user=alice).attempts
            assert later() == []
            if Delivery.objects.get(notification__user=alice).attempts > before:
                tries.append(minute + 1)
    assert tries == [1, 5, 21, 85]
    assert Delivery.objects.get(notification__user=alice).state == "failed"
    assert "was not sent" in caplog.text
    assert "Groceries" not in caplog.text
    assert "alice@" not in caplog.text


def test_a_second_try_is_the_same_message(server, tell, alice, later):
    server.refuses = ("alice@example.org",)
    tell("Rent")
    batch = Delivery.objects.get().batch
    server.refuses = ()
    tell("Power")
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=2)):
        (sent,) = later()
    assert sent.extra_headers["Message-ID"] == f"<{batch}@localhost>"
    assert sent.subject == "Rent"


def test_what_a_dead_worker_claimed_is_sent_once_more(tell, alice, later, monkeypatch):
    """It died after the mail was given away: the second one has the same number."""
    monkeypatch.setattr(sending, "_hand_over", _hand_over_and_die(sending._hand_over))
    with pytest.raises(SystemExit):
        tell()
    monkeypatch.undo()
    first = mail.outbox[0].extra_headers["Message-ID"]
    assert Delivery.objects.get().state == "sending"
    assert later() == []
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
        (second,) = later()
        assert later() == []
    assert second.extra_headers["Message-ID"] == first
    assert Delivery.objects.get().state == "sent"


def _hand_over_and_die(real):
    def act(rows):
        real(rows)
        raise SystemExit

    return act


def test_what_kills_every_worker_is_given_up(tell, alice, later):
    tell(kind="t.later")
    Delivery.objects.update(
        state="sending", attempts=5, claimed_at=timezone.now() - dt.timedelta(hours=1)
    )
    assert later() == []
    assert Delivery.objects.get().state == "failed"


def test_who_left_the_household_gets_nothing_more(tell, alice, bob, later):
    tell(kind="t.later")
    bob.memberships.all().delete()
    call_command("send_digests", "--now", stdout=io.StringIO())
    assert [one.to[0] for one in mail.outbox] == ["alice@example.org"]
    assert Delivery.objects.get(notification__user=bob).state == "dropped"
    tidy()
    assert not Notification.objects.filter(user=bob).exists()


def test_a_kind_without_words_stops_nothing(tell, household, alice, bob):
    Notification.objects.create(household=household, user=bob, kind="gone", key="x")
    gone = Notification.objects.get()
    Delivery.objects.create(notification=gone, by_mail=True, due_at=timezone.now())
    tell(users=[alice])
    assert {one.subject for one in mail.outbox} == {"Groceries", "Something was noted in Housebook"}


def test_what_was_read_long_ago_is_emptied_and_not_told_again(tell, household, alice):
    tell("Rent")
    tell("Power")
    rent = Notification.objects.get(key="t.now:Rent")
    rent.read_at = timezone.now()
    rent.save()
    with time_machine.travel(timezone.now() + dt.timedelta(days=179)):
        tidy()
        assert Notification.objects.for_person(alice, household).count() == 2
    with time_machine.travel(timezone.now() + dt.timedelta(days=181)):
        tidy()
        shown = Notification.objects.for_person(alice, household)
        assert [one.key for one in shown] == ["t.now:Power"]
        rent.refresh_from_db()
        assert rent.params == {}
        assert tell("Rent") == 0


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("sqlite" in str(connection.settings_dict["ENGINE"]), reason="one writer")
def test_eight_workers_send_everything_once(household, alice, bob, settings):
    from notifications.services.notify import notify

    for number in range(40):
        notify(
            household=household, kind="t.later", key=str(number), params={"title": f"No {number}."}
        )
    Delivery.objects.update(in_digest=False, due_at=timezone.now())
    start = threading.Barrier(8)

    def work():
        start.wait()
        sending.send_due()
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for user in (alice, bob):
        text = "".join(one.body for one in mail.outbox if one.to == [user.email])
        assert [text.count(f"No {number}.") for number in range(40)] == [1] * 40
