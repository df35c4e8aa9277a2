"""The one signal of the house."""

from django.dispatch import Signal

transactions_changed = Signal()
"""Sent once for each committed write, with `household`, `accounts` (ids) and `months` (indexes).

Receivers, connected in the `AppConfig.ready` of upper rooms, do nothing but enqueue a task.
"""
