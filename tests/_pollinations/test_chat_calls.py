"""The selection of models, in every way of both frameworks."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ways import WAYS, Way

from _pollinations.gateway import Catalog, Client
from _pollinations.http.errors import InvalidInputError
from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

CHAT = "/v1/chat/completions"


@pytest.fixture
def stale(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    """A fresh catalogue whose models the gateway does not know any more."""
    client, path = Client(sandbox.api_key, sandbox.base_url), tmp_path / "catalog.sqlite3"
    Catalog(client, path).refresh()
    chosen = json.dumps({"text": ["gone-1", "gone-2"], "search": [], "image": []})
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE catalogs SET chosen = ?", (chosen,))
    sandbox.requests.clear()
    return Catalog(client, path)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_models_that_are_gone_are_selected_anew_at_once(
    way: Way, sandbox: Sandbox, stale: Catalog
) -> None:
    """The call that finds it out reads the lists, is answered, and what it learnt is kept."""
    model = way.model(sandbox, model="auto", catalog=stale, max_retries=0)

    assert way.ask(model, "Hello!").finished
    models_asked = [request.body["model"] for request in sandbox.requests if request.path == CHAT]
    assert models_asked[:2] == ["gone-1", "gone-2"]
    assert "gemini" in models_asked[2]

    sandbox.requests.clear()
    assert way.ask(model, "Hello again!").finished
    assert [request.path for request in sandbox.requests] == [CHAT]
    with closing(sqlite3.connect(stale.path or "")) as file:
        chosen = json.loads(file.execute("SELECT chosen FROM catalogs").fetchone()[0])
    assert "gemini" in chosen["text"][0]


@pytest.mark.parametrize("kind", [ChatPollinations, Pollinations])
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"model": "auto", "require": {"web_serch": True}}, "did you mean 'web_search'"),
        ({"model": "auto", "require": {"tool": True}}, "did you mean 'tools'"),
        ({"model": "openai", "require": {"tools": True}}, 'model="auto"'),
        ({"require": {"tools": True}}, 'model="auto"'),
    ],
)
def test_a_requirement_without_effect_is_refused_when_it_is_set(
    kind: Any, fields: dict[str, Any], reason: str
) -> None:
    """A misspelt one, and one for a model that is named."""
    with pytest.raises(InvalidInputError, match=reason):
        kind(api_key="sk_x", **fields)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_request_with_nothing_to_say_is_refused_by_every_method(
    way: Way, sandbox: Sandbox
) -> None:
    """No method of structured output makes an answer out of an empty question."""
    with pytest.raises(InvalidInputError, match="nothing to send"):
        way.ask_for_data(way.model(sandbox), "")

    assert sandbox.requests == []
