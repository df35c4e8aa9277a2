"""Forms about people."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import clean_text


class SignupForm(forms.Form):
    """What sign-up asks besides allauth's e-mail and password."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1"]

    def clean_name(self):
        return clean_text(self.cleaned_data["name"])

    def signup(self, request, user):
        """Called by allauth with the new user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
