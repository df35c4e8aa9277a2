"""What people of these tests read."""

import pytest

from core.formatting import locale_tag


@pytest.fixture(autouse=True)
def _british():
    token = locale_tag.set("en-GB")
    yield
    locale_tag.reset(token)
