"""Every model that belongs to households, in an order in which rows can be deleted.

Generic, so that rooms above need not be known here: a model belongs to a household when it has a
`household` field, or a foreign key to a model that does.
"""

from django.apps import apps
from django.db.models import Model

from accounts.models import Household


def household_path(model: type[Model], _seen: frozenset = frozenset()) -> str | None:
    """The lookup from `model` to its household ("change_set__household"), or None."""
    if model is Household:
        return None
    names = {field.name: field for field in model._meta.concrete_fields if field.is_relation}
    if "household" in names and names["household"].related_model is Household:
        return "household"
    for name, field in names.items():
        target = field.related_model
        if target in _seen or target is model or target is Household or field.null:
            continue
        if path := household_path(target, _seen | {model}):
            return f"{name}__{path}"
    return None


def household_models() -> dict[type[Model], str]:
    """Models with their path to a household; those that point to others come first."""
    paths = {
        model: path for model in apps.get_models() if (path := household_path(model)) is not None
    }
    ordered: dict[type[Model], str] = {}

    def visit(model, trail=()):
        if model in ordered or model in trail:
            return
        for other in paths:
            points_here = any(
                field.is_relation and field.related_model is model and other is not model
                for field in other._meta.concrete_fields
            )
            if points_here:
                visit(other, (*trail, model))
        ordered[model] = paths[model]

    for model in paths:
        visit(model)
    return ordered
