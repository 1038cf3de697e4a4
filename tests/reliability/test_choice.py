"""Which model answers in both frameworks: the one that was named, the best, or the next."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chats import echo
from ways import EVERY_WAY, WAYS, WAYS_AND_MODES, Outcome, Person, Way

from _pollinations.gateway import Catalog, Client
from _pollinations.http.errors import (
    InterruptedStreamError,
    InvalidInputError,
)
from pollinations_sandbox import Fault, Sandbox

PONG = "Say pong."
CHAT = "/v1/chat/completions"
DOWN = Fault.status(503, times=None, model="gemini")
in_each_way = pytest.mark.parametrize("way", WAYS, ids=str)
in_every_way = pytest.mark.parametrize("way", EVERY_WAY, ids=str)


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(api=request.param) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(gateway: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandbox:
    """The gateway of each API in turn; what is learnt of it is kept in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    gateway.clear()
    return gateway


@pytest.fixture
def catalog(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    """A catalogue that has been read today."""
    catalog = Catalog(Client(sandbox.api_key, sandbox.base_url), tmp_path / "catalog.sqlite3")
    catalog.refresh()
    sandbox.clear()
    return catalog


@pytest.fixture
def ask(sandbox: Sandbox, way: Way) -> Callable[..., Outcome]:
    """Ask a new model, which retries nothing, for pong."""

    def ask_for_pong(**fields: Any) -> Outcome:
        return way.ask(way.model(sandbox, **{"max_retries": 0, **fields}), PONG)

    return ask_for_pong


def asked(sandbox: Sandbox) -> list[str]:
    """The models that were asked, in order."""
    return [request.body["model"] for request in sandbox.requests if request.method == "POST"]


UNKNOWN = b'{"error": {"message": "Invalid service or alias: gemini.", "code": "BAD_REQUEST"}}'
ALIAS = Fault.body(UNKNOWN, status=400, times=None, model="gemini")


@in_every_way
@pytest.mark.parametrize("fault", [ALIAS, DOWN, Fault.refusal("model", times=None, model="gemini")])
def test_an_error_of_the_model_leads_to_the_next(ask: Any, sandbox: Sandbox, fault: Fault) -> None:
    """Whatever its form; the answer tells who answered, and why the other did not."""
    sandbox.fail(fault)

    answer = ask(model="gemini", fallback_models=["openai"])

    assert answer.text == echo(PONG)
    assert asked(sandbox) == ["gemini", "openai"]
    assert answer.metadata["model_name"] == "openai"
    (failed,) = answer.metadata["fallbacks"]
    assert failed["model"] == "gemini"
    assert failed["error"].endswith("Error")
    assert failed["message"]


@pytest.mark.parametrize("way", [way for way in WAYS if way.streams], ids=str)
def test_a_stream_that_has_begun_is_not_asked_elsewhere(ask: Any, sandbox: Sandbox) -> None:
    """Text that was handed out is never followed by another model's."""
    sandbox.fail(Fault.cut(after=3))

    with pytest.raises(InterruptedStreamError):
        ask(model="openai", fallback_models=["mistral"])

    assert asked(sandbox) == ["openai"]


@in_each_way
def test_failures_in_a_row_move_a_model_behind_the_others(sandbox: Sandbox, way: Way) -> None:
    """For all calls of an object."""
    sandbox.fail(DOWN)
    model = way.model(sandbox, model="gemini", fallback_models=["openai"], max_retries=0)
    for _ in range(4):
        way.ask(model, PONG)

    assert asked(sandbox) == ["gemini", "openai"] * 3 + ["openai"]


@pytest.mark.parametrize(("way", "mode"), WAYS_AND_MODES, ids=str)
def test_data_may_come_from_the_next_model(sandbox: Sandbox, way: Way, mode: str) -> None:
    """Structured output falls back like everything else."""
    sandbox.fail(DOWN)
    model = way.model(sandbox, model="gemini", fallback_models=["openai"], max_retries=0)
    way.reply(sandbox, '{"name": "Ada", "age": 36}', mode)

    assert way.objects(model, Person, "Ada is 36. As JSON.", mode)[-1] == Person(name="Ada", age=36)
    assert asked(sandbox) == ["gemini", "openai"]


@in_each_way
def test_a_model_is_chosen_at_the_first_call(sandbox: Sandbox, way: Way) -> None:
    """Making the model asks nothing; its first call reads the lists once and takes the best."""
    model = way.model(sandbox, model="auto")
    assert sandbox.requests == []

    answer = way.ask(model, PONG)
    lists = len(sandbox.requests) - 1
    way.ask(model, PONG)

    assert answer.text == echo(PONG)
    assert "gemini" in answer.metadata["model_name"]
    assert lists > 0
    assert len(sandbox.requests) == lists + 2
    assert len(asked(sandbox)) == 2


@in_each_way
@pytest.mark.parametrize(
    ("require", "expected"),
    [
        ({"tools": True, "inputs": {"image"}}, "gemini"),
        ({"inputs": {"image"}, "audio": False}, "openai"),
        ({"outputs": ["text", "audio"]}, "openai-audio"),
        ({"tools": False}, None),
    ],
    ids=["tools and images", "images, no audio", "audio out", "no tools"],
)
def test_the_first_that_meets_the_requirements_is_taken(
    ask: Any, catalog: Catalog, require: dict[str, Any], expected: str | None
) -> None:
    """Of gemini, openai and gemini-large, in this order; else the cheapest that does."""
    taken = catalog.model(
        ask(model="auto", require=require, catalog=catalog).metadata["model_name"]
    )

    assert taken is not None
    if expected:
        assert taken == catalog.model(expected)
    else:
        assert not taken.tools


@in_each_way
def test_requirements_that_no_model_meets_are_an_error(
    ask: Any, sandbox: Sandbox, catalog: Catalog
) -> None:
    """No call is sent then."""
    with pytest.raises(InvalidInputError, match="require"):
        ask(model="auto", require={"min_context": 10**12}, catalog=catalog)

    assert asked(sandbox) == []


@in_each_way
def test_without_lists_the_usual_order_is_tried(ask: Any, sandbox: Sandbox) -> None:
    """A gateway that does not tell what it has still answers; a cost is not told."""
    sandbox.fail(DOWN)
    nowhere = Catalog(Client("sk_none", "http://127.0.0.1:9", max_retries=0), path="")

    answer = ask(model="auto", catalog=nowhere)

    assert asked(sandbox) == ["gemini", "openai"]
    assert answer.metadata["model_name"] == "openai"
    assert "cost" not in answer.metadata


@in_each_way
@pytest.mark.parametrize("model", ["gemini", "auto"])
def test_a_call_may_name_its_model(sandbox: Sandbox, way: Way, model: str) -> None:
    """It takes the first place; the fallbacks stay."""
    sandbox.fail(Fault.status(503, times=None, model="mistral"))
    made = way.model(sandbox, model=model, fallback_models=["openai"], max_retries=0)

    answer = way.ask(made, PONG, model="mistral")

    assert [request.path for request in sandbox.requests] == [CHAT, CHAT]
    assert asked(sandbox) == ["mistral", "openai"]
    assert answer.metadata["model_name"] == "openai"


@in_every_way
def test_an_answer_tells_its_cost(ask: Any, way: Way, catalog: Catalog) -> None:
    """From what was counted and the catalogue's prices; the same question is free."""
    prices = {"prompt": 0.15e-6, "completion": 0.6e-6}

    first, again = (ask(model="openai", catalog=catalog, user=str(way)) for _ in range(2))

    usage = first.metadata.get("token_usage") or first.metadata
    expected = sum(price * usage[f"{unit}_tokens"] for unit, price in prices.items())
    assert first.metadata["cost"] == pytest.approx(expected)
    assert first.metadata["cost"] > 0
    assert again.metadata["headers"]["x-cache"] == "HIT"
    assert again.metadata["cost"] == 0


@in_each_way
def test_a_catalogue_is_there_on_request_alone(ask: Any, sandbox: Sandbox) -> None:
    """`catalog=True` keeps one in the cache folder; without, no list is read and no cost told."""
    metadata = ask().metadata
    assert not metadata.keys() & {"fallbacks", "cost"}
    assert [request.path for request in sandbox.requests] == [CHAT]

    assert ask(catalog=True, user="another").metadata["cost"] > 0


@in_each_way
def test_auto_gives_objects_and_calls_tools(sandbox: Sandbox, way: Way, catalog: Catalog) -> None:
    """Structured output and tools need no model's name."""
    model = way.model(sandbox, model="auto", catalog=catalog)

    assert way.ask_with_tools(model, "Add 20 and 22, please.").data == [{"a": 20, "b": 22}]
    assert way.ask_for_data(model, "Add 20 and 22, please.").data == {"a": 20, "b": 22}
