"""The pytest fixture `pollinations_sandbox`; the server is imported when it is first used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pollinations_sandbox.server import Sandbox


@pytest.fixture
def pollinations_sandbox() -> "Iterator[Sandbox]":
    """A running sandbox of the newest API, fresh for each test."""
    from pollinations_sandbox.server import Sandbox  # noqa: PLC0415 - most test runs never need it

    with Sandbox() as sandbox:
        yield sandbox
