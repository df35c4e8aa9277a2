"""TrueLayer connections, their sync and the sandbox bank."""
