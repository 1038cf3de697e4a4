"""The pytest fixture `pollinations_sandbox`; the server is imported when it is first used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pollinations_sandbox.server import Sandbox

_MARKER = (
    "pollinations_sandbox(**options): the arguments of the Sandbox that the fixture of this name "
    "starts, such as strict=True"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also under `--strict-markers`."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def pollinations_sandbox(request: pytest.FixtureRequest) -> "Iterator[Sandbox]":
    """A running sandbox, fresh for each test; the marker of the same name has its arguments."""
    from pollinations_sandbox.server import Sandbox  # noqa: PLC0415 - most test runs never need it

    marker = request.node.get_closest_marker("pollinations_sandbox")
    with Sandbox(**(marker.kwargs if marker else {})) as sandbox:
        yield sandbox
