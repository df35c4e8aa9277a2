from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Shared kernel without models."""

    name = "core"
