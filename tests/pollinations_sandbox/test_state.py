from collections.abc import Iterator

import httpx
import pytest

from pollinations_sandbox import Key, Sandbox

_CHAT = "/v1/chat/completions"
_BODY = {"messages": [{"role": "user", "content": "Hi"}]}


class _Hour:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hour() -> _Hour:
    return _Hour()


@pytest.fixture(params=["2026-01", "2026-10"])
def edge(request: pytest.FixtureRequest, hour: _Hour) -> Iterator[httpx.Client]:
    """A client of a sandbox whose edge lets three requests pass in ten seconds."""
    keys = {"sk_sandbox": Key(), "pk_slow": Key(kind="publishable", rate_limit=True)}
    with (
        Sandbox(api=request.param, keys=keys, edge_limit=(3, 10.0), clock=hour) as sandbox,
        httpx.Client(
            base_url=sandbox.base_url, headers={"Authorization": f"Bearer {sandbox.api_key}"}
        ) as client,
    ):
        yield client


def test_the_edge_refuses_who_comes_too_often(edge: httpx.Client) -> None:
    """What is too much gets 429 in the envelope, without a word on how long to wait."""
    answers = [edge.get("/v1/models") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    error = answers[-1].json()["error"]
    assert error["message"] == "Too many requests from this IP. Please slow down."
    assert error["code"] == "RATE_LIMITED"
    assert "Retry-After" not in answers[-1].headers
    assert "x-request-id" in answers[-1].headers


def test_the_edge_counts_a_sliding_window(edge: httpx.Client, hour: _Hour) -> None:
    """Each request that passed gives its place back ten seconds later; one refused takes none."""
    statuses = []
    for moment in (1000.0, 1004.0, 1009.0, 1009.5, 1010.0, 1010.1, 1014.0):
        hour.now = moment
        statuses.append(edge.post(_CHAT, json=_BODY).status_code)

    assert statuses == [200, 200, 200, 429, 200, 429, 200]


def test_the_edge_counts_before_anything_is_read(edge: httpx.Client) -> None:
    """Wrong keys and wrong bodies count as well; the account and preflights do not."""
    edge.post(_CHAT, content=b"{")
    edge.post(_CHAT, json=_BODY, headers={"Authorization": "Bearer sk_nobody"})
    edge.options(_CHAT)
    edge.get("/account/balance")

    assert edge.get("/text/models").status_code == 200
    assert edge.get("/text/models").status_code == 429
    assert edge.get("/account/balance").status_code == 200
    assert edge.options(_CHAT).status_code == 204


def test_without_a_limit_everybody_passes() -> None:
    """The edge is off unless it is asked for, and every record knows its answer's status."""
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.base_url) as client:
        for _ in range(120):
            client.get("/v1/models")
        client.get("/nowhere")

    assert [record.status for record in sandbox.requests] == [200] * 120 + [404]


def test_clear_empties_the_window(hour: _Hour) -> None:
    """A cleared sandbox has seen nobody."""
    with Sandbox(edge_limit=(1, 10.0), clock=hour) as sandbox:
        url = sandbox.base_url + "/v1/models"
        assert [httpx.get(url).status_code for _ in range(2)] == [200, 429]

        sandbox.clear()

        assert httpx.get(url).status_code == 200


def test_a_publishable_key_waits_by_the_same_clock(edge: httpx.Client, hour: _Hour) -> None:
    """A request costs 0.001 pollen, which takes 3.6 seconds to earn."""
    headers = {"Authorization": "Bearer pk_slow"}
    statuses = []
    for moment in (1000.0, 1003.5, 1003.6):
        hour.now = moment
        statuses.append(edge.post(_CHAT, json=_BODY, headers=headers).status_code)

    assert statuses == [200, 429, 200]
