"""Report builder, exports of reports, schedules and tax.

An empty room: its place among the floors is fixed in pyproject.toml, its models come with it.
"""
