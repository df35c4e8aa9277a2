"""Remembered mappings go from one household to another as JSON."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.tests.factories import HouseholdFactory
from imports.models import ImportProfile
from imports.parsers.csv_mapping import MappingError
from imports.services.profiles import load_profiles, profiles_to_json
from ledger.tests.factories import AccountFactory

MAPPING = {"date": 0, "amount": 2, "description": [1], "date_format": "%d/%m/%Y"}


@pytest.fixture
def profile(household):
    return ImportProfile.objects.create(
        household=household,
        name="bank.csv",
        fingerprint="0123456789abcdef",
        mapping=MAPPING,
        account=AccountFactory(household=household, name="Main account"),
    )


def test_a_mapping_goes_to_another_household(household, profile, tmp_path, capsys):
    other = HouseholdFactory(name="Cedar House")
    path = tmp_path / "profiles.json"
    call_command("import_profiles", "export", str(path), household=household.name)
    assert "Main account" not in path.read_text()
    call_command("import_profiles", "load", str(path), household=other.name)
    loaded = ImportProfile.objects.get(household=other)
    assert (loaded.name, loaded.account) == ("bank.csv", None)
    assert profiles_to_json(other) == profiles_to_json(household)


def test_loading_again_replaces_and_keeps_the_account(household, profile):
    text = json.dumps(profiles_to_json(household)).replace("%d/%m/%Y", "%m/%d/%Y")
    assert load_profiles(household=household, text=text) == 1
    profile.refresh_from_db()
    assert profile.mapping["date_format"] == "%m/%d/%Y"
    assert profile.account is not None


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "{}",
        "[1]",
        '[{"name": "a", "fingerprint": "b"}]',
        '[{"name": "", "fingerprint": "b", "mapping": {"date": 0, "amount": 1}}]',
        '[{"name": "a", "fingerprint": "b", "mapping": {"date": 0}}]',
        '[{"name": "a", "fingerprint": "b", "mapping": {"date": 0, "amount": 1, "evil": 1}}]',
        "[" * 100_000,
    ],
)
def test_what_is_no_mapping_is_refused_and_nothing_changes(household, text):
    good = json.dumps({"name": "a", "fingerprint": "c", "mapping": {"date": 0, "amount": 1}})
    if text.endswith("]"):
        text = f"[{good},{text[1:]}"
    with pytest.raises(MappingError):
        load_profiles(household=household, text=text)
    assert not ImportProfile.objects.exists()


def test_the_list_names_mappings_and_known_banks(household, profile, capsys):
    call_command("import_profiles", "list", household=household.name)
    out = capsys.readouterr().out
    assert "0123456789abcdef" in out
    assert "Main account  bank.csv" in out
    assert "Revolut" in out


def test_a_missing_file_is_said(household):
    with pytest.raises(CommandError):
        call_command("import_profiles", "load", "/nowhere.json", household=household.name)
