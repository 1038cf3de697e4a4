"""Limits by a clock that a test sets: of an address, and of a publishable key."""

from collections.abc import Iterator

import httpx
import pytest
from chats import CHAT, chat
from clocks import StoppedClock

from pollinations_sandbox import Key, Sandbox

BODY = chat("Hi")


@pytest.fixture
def hour() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(params=["2026-01", "2026-10"])
def limited(request: pytest.FixtureRequest, hour: StoppedClock) -> Iterator[Sandbox]:
    """A sandbox whose edge lets three requests pass in ten seconds."""
    keys = {"sk_sandbox": Key(), "pk_slow": Key(kind="publishable", rate_limit=True)}
    with Sandbox(api=request.param, keys=keys, edge_limit=(3, 10.0), clock=hour) as sandbox:
        yield sandbox


@pytest.fixture
def edge(limited: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {limited.api_key}"}
    with httpx.Client(base_url=limited.base_url, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("key", "moments", "statuses"),
    [
        # Each request that passed gives its place back ten seconds later; one refused takes none.
        ("sk_sandbox", (0, 4, 9, 9.5, 10, 10.1, 14), (200, 200, 200, 429, 200, 429, 200)),
        # A request costs 0.001 pollen, which takes 3.6 seconds to earn.
        ("pk_slow", (0, 3.5, 3.6), (200, 429, 200)),
    ],
)
def test_limits_follow_the_clock(
    key: str, moments: tuple[float], statuses: tuple[int], edge: httpx.Client, hour: StoppedClock
) -> None:
    """A window that slides, and pollen that is earned."""
    answered = []
    for moment in moments:
        hour.moment = 1000 + moment
        headers = {"Authorization": f"Bearer {key}"}
        answered.append(edge.post(CHAT, json=BODY, headers=headers).status_code)
    assert answered == list(statuses)


def test_the_edge_counts_before_anything_is_read(edge: httpx.Client, limited: Sandbox) -> None:
    """Wrong keys and wrong bodies count too; the account does not."""
    edge.post(CHAT, content=b"{")
    edge.post(CHAT, json=BODY, headers={"Authorization": "Bearer sk_nobody"})
    edge.get("/account/balance")
    assert edge.get("/text/models").status_code == 200
    refused = edge.get("/text/models")
    assert refused.status_code == 429
    assert refused.json()["error"]["message"].startswith("Too many requests from this IP.")
    assert "Retry-After" not in refused.headers
    assert "x-request-id" in refused.headers
    assert edge.get("/account/balance").status_code == 200
    limited.clear()
    assert edge.get("/text/models").status_code == 200


def test_without_a_limit_everybody_passes() -> None:
    """The edge is off unless it is asked for, and every record knows its answer's status."""
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.base_url) as client:
        for _ in range(120):
            client.get("/v1/models")
        client.get("/nowhere")
    assert [record.status for record in sandbox.requests] == [200] * 120 + [404]
