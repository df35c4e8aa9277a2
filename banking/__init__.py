"""TrueLayer connections, their sync and the sandbox bank.

An empty room: its place among the floors is fixed in pyproject.toml, its models come with it.
"""
