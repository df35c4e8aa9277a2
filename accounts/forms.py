"""Forms about people."""

import zoneinfo

from babel import Locale, localedata
from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.first_run import is_setup_token, needs_setup_token
from accounts.models import Household, Role, User
from core.forms import clean_text
from core.money import CURRENCIES

COMMON_LOCALES = (
    "en-GB en-US en-IE en-AU en-CA en-IN de-DE de-AT de-CH fr-FR fr-BE fr-CH es-ES es-MX it-IT nl-NL "
    "pt-PT pt-BR pl-PL sv-SE nb-NO da-DK fi-FI cs-CZ hu-HU ro-RO el-GR tr-TR ja-JP"
).split()


def bare_helper() -> FormHelper:
    """Crispy without a form tag of its own."""
    helper = FormHelper()
    helper.form_tag = False
    return helper


class SignupForm(forms.Form):
    """What sign-up asks besides allauth's e-mail and password."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1", "setup_token"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if needs_setup_token():
            self.fields["setup_token"] = forms.CharField(
                label=_("Set-up token"),
                max_length=64,
                help_text=_("On the server, run: manage.py setup_token"),
            )

    def clean_name(self):
        return clean_text(self.cleaned_data["name"])

    def clean_setup_token(self):
        token = self.cleaned_data["setup_token"]
        if not is_setup_token(token):
            raise forms.ValidationError(_("This is not the set-up token of this server."))
        return token

    def signup(self, request, user):
        """Called by allauth with the new user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


def time_zone_choices() -> list[tuple[str, str]]:
    """Every zone by its name, those with a city only."""
    return [
        (name, name.replace("_", " "))
        for name in sorted(zoneinfo.available_timezones())
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/"))
    ] + [("UTC", "UTC")]


class HouseholdForm(forms.ModelForm):
    """A household's own facts, as asked at the welcome."""

    base_currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code) for code in CURRENCIES]
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)
    first_month_day = forms.IntegerField(
        label=_("Your month begins on day"),
        min_value=1,
        max_value=28,
        initial=1,
        help_text=_("1, or the day your salary comes."),
    )

    class Meta:
        model = Household
        fields = ["name", "base_currency", "time_zone", "first_month_day"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()

    def clean_name(self):
        return clean_text(self.cleaned_data["name"])


class HouseholdSettingsForm(HouseholdForm):
    """What can change without touching a figure."""

    class Meta:
        model = Household
        fields = ["name", "time_zone"]

    base_currency = None
    first_month_day = None


def locale_choices() -> list[tuple[str, str]]:
    """Locales with an example of how they write."""
    choices = [("", _("As the language"))]
    for tag in COMMON_LOCALES:
        if localedata.exists(tag.replace("-", "_")):
            locale = Locale.parse(tag, sep="-")
            choices.append((tag, f"{locale.get_display_name('en')}"))
    return choices


class ProfileForm(forms.ModelForm):
    """How a person is called and how the app speaks to them."""

    locale = forms.ChoiceField(label=_("Numbers and dates"), choices=locale_choices, required=False)

    class Meta:
        model = User
        fields = ["name", "language", "locale", "theme"]
        widgets = {"language": forms.Select()}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=settings.LANGUAGES, initial="en"
        )
        self.helper = bare_helper()

    def clean_name(self):
        return clean_text(self.cleaned_data["name"])


class InviteForm(forms.Form):
    """Whom to invite as what."""

    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.EDITOR)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()


class GrantForm(forms.Form):
    """How long support may look."""

    hours = forms.TypedChoiceField(
        label=_("Let support see amounts and descriptions for"),
        coerce=int,
        choices=[(1, _("1 hour")), (24, _("1 day")), (168, _("7 days"))],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()
