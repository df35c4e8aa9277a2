"""One inbox a person: in-app, e-mail and other channels.

An empty room: its place among the floors is fixed in pyproject.toml, its models come with it.
"""
