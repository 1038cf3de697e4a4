"""The pytest fixture `pollinations_sandbox` and its marker; a server is imported when it starts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pollinations_sandbox import Sandbox

_MARKER = (
    "pollinations_sandbox(**options): run with a Sandbox of these arguments, such as strict=True, "
    "which the fixture of this name gives; a replay file is named from the folder of the test"
)
_RECORD = "--pollinations-record"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that records what a test replays."""
    what = "pass pollinations_sandbox tests on to the real gateway, and write their replay files"
    parser.addoption(_RECORD, action="store_true", help=what)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also under `--strict-markers`."""
    config.addinivalue_line("markers", _MARKER)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Start the sandbox of a marked test, whether or not it takes the fixture."""
    if isinstance(item, pytest.Function) and item.get_closest_marker("pollinations_sandbox"):
        item.fixturenames.append("pollinations_sandbox")


@pytest.fixture
def pollinations_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Sandbox]":
    """A running sandbox, fresh for each test, to which the environment points.

    The marker of the same name has its arguments.
    """
    from pollinations_sandbox import Sandbox  # noqa: PLC0415 - most test runs never need it

    marker = request.node.get_closest_marker("pollinations_sandbox")
    options = dict(marker.kwargs) if marker else {}
    if "replay" in options:
        file = request.path.parent / options.pop("replay")
        options["record" if request.config.getoption(_RECORD) else "replay"] = file
    with Sandbox(**options) as sandbox:
        monkeypatch.delenv("POLLINATIONS_TOKEN", raising=False)
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        yield sandbox
