"""The house stands as drawn: floors, sizes, settings that are documented."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin

ROOT = Path(settings.BASE_DIR)
FLOORS = {
    "insights": 8,
    "reports": 8,
    "imports": 7,
    "banking": 6,
    "budget": 6,
    "recurring": 6,
    "ledger": 5,
    "notifications": 4,
    "currencies": 3,
    "accounts": 2,
    "core": 1,
}
ROOMS = [app for app in FLOORS if (ROOT / app / "apps.py").exists()]


def test_foreign_keys_go_down():
    upward = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model
        and field.related_model._meta.app_label in FLOORS
        and FLOORS[field.related_model._meta.app_label] > FLOORS[model._meta.app_label]
    ]
    assert upward == []


@pytest.mark.parametrize("room", ROOMS)
def test_files_stay_small(room):
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
        and (lines := len(path.read_text().splitlines())) > (600 if "tests" in path.parts else 400)
    ]
    assert long == []


def test_templates_have_no_inline_script_or_style():
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\sstyle=|\son\w+=|hx-on")
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in (ROOT / "templates").rglob("*.html")
        if (match := inline.search(path.read_text()))
    ]
    assert found == []


def test_every_setting_is_in_the_example_and_the_reference():
    source = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    example = (ROOT / ".env.example").read_text()
    reference = (ROOT / "docs/reference/settings.md").read_text()
    assert {name for name in read if f"# {name}=" not in example} == set()
    assert {name for name in read if f"`{name}`" not in reference} == set()


def test_no_safe_filter_in_templates():
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text())
    ]
    assert found == []


def test_support_finds_every_model_in_the_admin():
    tables_between = {"ledger.TransactionTag"}
    missing = [
        model._meta.label
        for model in apps.get_models()
        if model.__module__.split(".")[0] in FLOORS and not admin.site.is_registered(model)
    ]
    assert set(missing) <= tables_between
