"""The key goes to the gateway in one header, and appears nowhere else."""

import inspect
import pickle
import pickletools
from types import FunctionType
from typing import Any

import pytest
from key_search import KEY, NOWHERE, leaks, plain_keys
from pydantic import BaseModel, SecretStr

import langchain_pollinations
import llama_index_pollinations
from _pollinations import gateway
from _pollinations.gateway import Catalog, Client, models
from pollinations_sandbox import Key, Sandbox

MODULES = (langchain_pollinations, llama_index_pollinations, gateway)
# What counts in one process and is not pickled.
ALONE = {"PollenBudget"}
# The parameters of a constructor that bring a key along; `api_key` alone is a name in a record.
CARRIERS = ({"api_key", "base_url"}, {"client"}, {"catalog"})


def parameters(public: object) -> set[str]:
    """The names of what a class or function may be given, by all of its bases."""
    if isinstance(public, type) and issubclass(public, BaseException):
        return set()
    fields = getattr(public, "model_fields", {})
    names = {*fields, *(field.alias for field in fields.values() if field.alias)}
    makers = [kind.__dict__.get("__init__") for kind in getattr(public, "__mro__", ())]
    for maker in (*makers, public):
        if isinstance(maker, FunctionType):
            names |= inspect.signature(maker).parameters.keys()
    return names


def carriers() -> dict[str, Any]:
    """Every export that can be given a key, by its own name."""
    return {
        name: getattr(module, name)
        for module in MODULES
        for name in module.__all__
        if any(names <= parameters(getattr(module, name)) for names in CARRIERS)
    }


def instance_of(public: Any, url: str) -> Any:
    """One of it, with our key inside."""
    known = {
        "api_key": KEY,
        "base_url": url,
        "client": Client(KEY, url),
        "catalog": Catalog(Client(KEY, url)),
        "limit": 1.0,
    }
    taken = parameters(public)
    if issubclass(public, BaseModel):
        taken -= {"catalog"}  # a field that is optional, beside a key that is not
    return public(**{name: value for name, value in known.items() if name in taken})


def test_every_export_that_takes_a_key_is_known_to_these_tests() -> None:
    """The search finds what it must; whatever is exported later is found the same way."""
    assert carriers().keys() >= {
        "AsyncClient", "Catalog", "ChatPollinations", "Client", "PollenBudget", "Pollinations",
        "PollinationsEmbedding", "PollinationsEmbeddings", "PollinationsImageTool",
        "PollinationsSpeechTool", "PollinationsToolSpec", "PollinationsTranscriptionTool",
        "PollinationsVideoTool",
    }  # fmt: skip


@pytest.mark.parametrize("name", carriers())
def test_what_an_object_shows_of_itself_has_no_key(name: str) -> None:
    """No repr, dump, serialized form or property names it, and nothing below holds it plain."""
    thing = instance_of(carriers()[name], NOWHERE)

    assert leaks(thing) == {}
    assert plain_keys(thing) == []


def test_the_search_for_plain_keys_finds_them() -> None:
    """A key in a header that is kept would be found."""
    assert plain_keys({"kept": [{"authorization": f"Bearer {KEY}"}]})
    assert plain_keys([KEY.encode()])
    assert plain_keys([SecretStr(KEY)]) == []


@pytest.mark.parametrize("name", sorted(carriers().keys() - ALONE))
def test_a_pickle_takes_the_key_along_as_a_secret(name: str) -> None:
    """A worker needs the key, so a pickle is as secret as the key is: keep it out of reach.

    In it, the key is the value of a `SecretStr` and nothing else: never a part of a longer text, a
    header or a name; and what comes out of it shows no key either.
    """
    stored = pickle.dumps(instance_of(carriers()[name], NOWHERE))
    texts = [value for _, value, _ in pickletools.genops(stored) if isinstance(value, str)]
    places = [place for place, text in enumerate(texts) if KEY in text]

    assert [texts[place - 1 : place + 1] for place in places] == [["_secret_value", KEY]]
    again = pickle.loads(stored)  # noqa: S301 - our own bytes
    assert leaks(again) == {}
    assert plain_keys(again) == []


def test_the_sandbox_does_not_print_the_keys_it_is_asked_with() -> None:
    """A failing test prints requests; a real key used by mistake stays out of its report."""
    with Sandbox(keys={KEY: Key()}) as sandbox:
        Client(KEY, sandbox.base_url).send(models("text"))

        assert KEY not in repr(sandbox) + repr(sandbox.requests) + repr(sandbox.last)
        assert sandbox.last.headers["authorization"] == f"Bearer {KEY}"
