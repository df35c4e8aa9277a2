"""What a person chooses about being told."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from babel.dates import format_time
from django import forms
from django.utils.translation import gettext_lazy as _

from core.formatting import active_locale, format_day
from notifications.addresses import LONGEST
from notifications.kinds import Kind, chosen_kinds
from notifications.models import Channels, Preference, Sending
from notifications.services.wishes import Wish

_MONDAY = dt.date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class WishRow:
    """The fields of one kind, for the page's table. `push` is None without an address."""

    kind: Kind
    in_app: forms.BoundField
    mail: forms.BoundField
    push: forms.BoundField | None


class NotificationSettingsForm(forms.ModelForm):
    """Times, and for each kind the ways that it is told. `wishes()` after `is_valid()`."""

    class Meta:
        model = Channels
        fields = ["digest_days", "digest_weekday", "digest_hour", "quiet_from", "quiet_until"]
        labels = {
            "digest_days": _("A digest comes"),
            "digest_weekday": _("If weekly, on"),
            "quiet_from": _("Quiet hours from"),
        }
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in ("quiet_from", "quiet_until")
        }

    def __init__(self, *args, preferences: list[Preference], has_address: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.chosen = {one.kind: one for one in preferences}
        self.has_address = has_address
        days = [(n, format_day(_MONDAY + dt.timedelta(days=n), "EEEE")) for n in range(7)]
        hours = [(n, format_time(dt.time(n), "short", locale=active_locale())) for n in range(24)]
        for name, choices in (("digest_weekday", days), ("digest_hour", hours)):
            self.fields[name] = forms.TypedChoiceField(
                label=self.fields[name].label, choices=choices, coerce=int
            )
        for kind in chosen_kinds():
            self._add(kind)
        for field in self.fields.values():
            is_list = isinstance(field.widget, forms.Select)
            is_box = isinstance(field.widget, forms.CheckboxInput)
            field.widget.attrs["class"] = (
                "form-check-input" if is_box else "form-select" if is_list else "form-control"
            )

    def _add(self, kind: Kind) -> None:
        wish = self._wish_now(kind)
        label = str(kind.label)
        self.fields[f"{kind.code}-in_app"] = forms.BooleanField(
            label=_("%(kind)s: in the app") % {"kind": label}, required=False, initial=wish.in_app
        )
        ways = {"mail": (_("%(kind)s: by mail"), wish.mail)}
        if self.has_address:
            ways["push"] = (_("%(kind)s: elsewhere"), wish.push)
        for way, (text, initial) in ways.items():
            self.fields[f"{kind.code}-{way}"] = forms.ChoiceField(
                label=text % {"kind": label}, choices=Sending.choices, initial=initial
            )

    def _wish_now(self, kind: Kind) -> Wish:
        known = self.chosen.get(kind.code)
        if known is None:
            return Wish(True, kind.mail, kind.push)
        return Wish(known.in_app, Sending(known.mail), Sending(known.push))

    def groups(self) -> list[tuple[str, list[WishRow]]]:
        """(group, its kinds' fields), for the page."""
        rows = [
            WishRow(
                kind,
                self[f"{kind.code}-in_app"],
                self[f"{kind.code}-mail"],
                self[f"{kind.code}-push"] if self.has_address else None,
            )
            for kind in chosen_kinds()
        ]
        return [
            (group, list(members))
            for group, members in groupby(rows, key=lambda row: str(row.kind.group))
        ]

    def times(self) -> list[list[forms.BoundField]]:
        """The fields about when, line by line, for the page."""
        names = self.Meta.fields
        return [[self[name] for name in line] for line in (names[:3], names[3:])]

    def clean(self):
        facts = super().clean()
        if "quiet_from" in facts and "quiet_until" in facts:
            if (facts["quiet_from"] is None) != (facts["quiet_until"] is None):
                missing = "quiet_from" if facts["quiet_from"] is None else "quiet_until"
                self.add_error(missing, _("Quiet hours need a beginning and an end."))
            elif facts["quiet_from"] and facts["quiet_from"] == facts["quiet_until"]:
                self.add_error(
                    "quiet_until", _("Quiet hours that end when they begin are never. Empty both.")
                )
        return facts

    def wishes(self) -> dict[str, Wish]:
        """What was chosen, by the kind's code."""
        found = {}
        for kind in chosen_kinds():
            push = self.cleaned_data.get(f"{kind.code}-push", self._wish_now(kind).push)
            found[kind.code] = Wish(
                self.cleaned_data[f"{kind.code}-in_app"],
                Sending(self.cleaned_data[f"{kind.code}-mail"]),
                Sending(push),
            )
        return found


class AddressForm(forms.Form):
    """An Apprise address; it is never shown again."""

    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        widget=forms.PasswordInput(
            attrs={"class": "form-control", "autocomplete": "off", "placeholder": "tgram://…"}
        ),
    )
