"""The rows that a rule names (payees, categories, accounts, tags), exchanged one by one. Pure."""

from collections.abc import Callable

_ROWS = frozenset({"payee", "category", "account", "tag"})

Translate = Callable[[str, object], object]
"""(kind of row, its number or name) -> what stands there instead."""


def translate_conditions(data, translate: Translate):
    """The conditions with each number (or name) of a row as `translate` says."""
    if isinstance(data, dict) and isinstance(data.get("of"), list):
        return {**data, "of": [translate_conditions(item, translate) for item in data["of"]]}
    if isinstance(data, dict) and data.get("field") in _ROWS and data.get("op") == "is":
        return {**data, "value": translate(data["field"], data.get("value"))}
    return data


def translate_actions(data, translate: Translate):
    """As `translate_conditions`, of the actions."""
    return [_action(action, translate) for action in data] if isinstance(data, list) else data


def _action(action, translate: Translate):
    if not isinstance(action, dict):
        return action
    do, value = action.get("do"), action.get("value")
    if do in ("payee", "category"):
        return {**action, "value": translate(do, value)}
    if do == "transfer":
        return {**action, "value": translate("account", value)}
    if do == "tags" and isinstance(value, list):
        return {**action, "value": [translate("tag", tag) for tag in value]}
    if do == "split" and isinstance(value, dict) and isinstance(value.get("parts"), list):
        parts = [
            {**part, "category": translate("category", part["category"])}
            if isinstance(part, dict) and part.get("category") is not None
            else part
            for part in value["parts"]
        ]
        return {**action, "value": {**value, "parts": parts}}
    return action
