import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pollinations_sandbox import Sandbox, start_unless_key
from pollinations_sandbox.server import _started

NAMES = ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN", "POLLINATIONS_BASE_URL")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No key, no gateway, no sandbox of an earlier test."""
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that what is set here is taken back
        monkeypatch.delenv(name)
    _started.clear()
    yield
    for sandbox in _started:
        sandbox.close()
    _started.clear()


def test_without_a_key_a_sandbox_answers() -> None:
    """The variables that clients read point to it."""
    sandbox = start_unless_key()

    assert isinstance(sandbox, Sandbox)
    assert os.environ["POLLINATIONS_BASE_URL"] == sandbox.base_url
    key = os.environ["POLLINATIONS_API_KEY"]
    answer = httpx.get(
        f"{sandbox.base_url}/account/key", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 200


def test_a_cell_may_run_again() -> None:
    """The second call finds the first one's sandbox, and wakes it if it was closed."""
    first = start_unless_key()
    assert first is not None
    address = first.base_url
    assert start_unless_key() is first

    first.close()

    assert start_unless_key() is first
    assert first.base_url == address
    assert httpx.get(f"{address}/v1/models").status_code == 200


def test_it_answers_from_a_file_of_sample_answers(tmp_path: Path) -> None:
    """The file of `Sandbox(replay=...)`."""
    samples = tmp_path / "samples.jsonl"
    samples.write_text('{"match": "17 times 23", "replies": ["391"]}\n')

    sandbox = start_unless_key(replay=samples)

    assert sandbox is not None
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    assert httpx.get(f"{sandbox.base_url}/text/17%20times%2023", headers=headers).text == "391"


@pytest.mark.parametrize("name", NAMES)
def test_a_key_or_a_gateway_of_ones_own_is_left_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing starts and nothing is set."""
    monkeypatch.setenv(name, "mine")
    before = dict(os.environ)

    assert start_unless_key() is None
    assert dict(os.environ) == before
    assert _started == []


def test_a_sandbox_of_somebody_else_is_a_gateway_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its key is the one that ours would have."""
    with Sandbox() as other:
        for name, value in other.environment.items():
            monkeypatch.setenv(name, value)
        before = dict(os.environ)

        assert start_unless_key() is None
        assert dict(os.environ) == before


def test_a_key_that_comes_later_goes_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's address is taken back, the user's key stays."""
    start_unless_key()
    monkeypatch.setenv("POLLINATIONS_API_KEY", "sk_made_up")

    assert start_unless_key() is None
    assert os.environ["POLLINATIONS_API_KEY"] == "sk_made_up"
    assert "POLLINATIONS_BASE_URL" not in os.environ
