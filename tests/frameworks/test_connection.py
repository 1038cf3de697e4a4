"""How every public class reaches the gateway: the same options, and nothing before a call."""

import copy
import pickle
import socket
import ssl
from collections.abc import Callable
from typing import Any, NoReturn

import httpx
import pytest
from chats import echo
from langchain_core.load import dumps
from pydantic import PrivateAttr, SecretStr
from ways import CLASSES, EVERY_CLASS

import langchain_pollinations as lc
import llama_index_pollinations as li
from langchain_pollinations import InvalidInputError
from pollinations_sandbox import Sandbox

KEY = "sk_very_secret"
pytestmark = pytest.mark.filterwarnings("ignore:The function `dumps` is in beta")


@pytest.fixture(params=EVERY_CLASS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def settings_of(instance: Any) -> Any:
    """The settings of both clients, which are the same."""
    connection = instance._connect()
    client, async_client = connection.client, connection.async_client
    assert client.settings == async_client.settings
    return client.settings


@pytest.mark.parametrize("key", [KEY, SecretStr(KEY)])
def test_it_takes_the_same_options(kind: Any, key: Any) -> None:
    """Key, address, timeout, retries, headers and proxy."""
    instance = kind(
        api_key=key,
        base_url="https://x.example/v1/",
        timeout=(1, 5),
        max_retries=1,
        retry_after_limit=1,
        default_headers={"X-Title": "App"},
        proxy="http://proxy:1",
    )
    settings = settings_of(instance)

    assert isinstance(instance._address()[0], SecretStr)
    assert settings.base_url == "https://x.example"
    assert settings.api_key.get_secret_value() == KEY
    assert (settings.timeouts.connect, settings.timeouts.read) == (1, 5)
    assert (settings.retry.max_retries, settings.retry.retry_after_limit) == (1, 1)
    assert dict(settings.headers) == {"x-title": "App"}


def test_names_of_other_packages_are_taken(kind: Any) -> None:
    """Of models, embeddings and tools alike."""
    instance = kind(api_base="https://x.example/v1/chat/completions")

    assert settings_of(instance).base_url == "https://x.example"
    if kind is not li.PollinationsToolSpec:  # it has a model of each kind
        same = [kind(model_name="m"), kind(model="m")]
        assert [getattr(each, "model_name", None) or each.model for each in same] == ["m", "m"]


def test_each_framework_has_names_of_its_own() -> None:
    """LangChain's, LlamaIndex's `request_timeout`; twice the same is refused."""
    long: Any = {"pollinations_api_key": SecretStr(KEY), "request_timeout": 5}
    for kind in CLASSES["langchain"]:
        instance = kind(pollinations_api_base="https://x.example", **long)
        assert settings_of(instance) == settings_of(
            kind(api_key=KEY, base_url="https://x.example", timeout=5)
        )
    for kind in CLASSES["llama_index"]:
        assert settings_of(kind(request_timeout=5)).timeouts.read == 5
    assert lc.ChatPollinations(stop_sequences=["a"]).stop == ["a"]
    with pytest.raises(InvalidInputError, match="api_base is another name of base_url"):
        lc.ChatPollinations(base_url="https://x.example", api_base="https://x.example")
    with pytest.raises(InvalidInputError, match="leave it out"):
        li.Pollinations(is_chat_model=True)


@pytest.mark.parametrize("name", ["base_ulr", "max_retry"])
def test_misspelt_names_are_refused(kind: Any, name: str) -> None:
    """With the name that was probably meant, where a framework would ignore them."""
    with pytest.raises(InvalidInputError, match=f"{name!r}; did you mean"):
        kind(**{name: "https://x.example"})


def test_no_key_is_shown(kind: Any) -> None:
    """Neither by repr, nor by str, nor in a dump."""
    instance = kind(api_key=KEY, default_headers={"X-Key": KEY}, proxy=f"http://u:{KEY}@proxy:1")
    shown = [repr(instance), str(instance), repr(instance.model_dump())]
    if kind in CLASSES["langchain"]:
        shown.append(dumps(instance))
    of_llama_index = [name for name in ("to_json", "to_payload") if hasattr(instance, name)]
    shown += [str(getattr(instance, name)()) for name in of_llama_index]

    assert [text for text in shown if KEY in text] == []


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda instance: pickle.loads(pickle.dumps(instance)),  # noqa: S301 - our own bytes
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("used", [True, False], ids=["used", "new"])
def test_it_can_be_pickled_and_copied(
    kind: Any, how: str, caplog: pytest.LogCaptureFixture, *, used: bool
) -> None:
    """All settings stay; a client of the user's own is shared by copies, and not pickled."""
    without = {"callback_manager", "http_client"}
    with httpx.Client() as own:
        instance = kind(api_key=KEY, base_url="https://x.example", http_client=own, max_retries=1)
        if used:
            instance._connect()
        again = COPIES[how](instance)

        assert type(again) is kind
        assert again.model_dump(exclude=without) == instance.model_dump(exclude=without)
        assert settings_of(again) == settings_of(instance)
        assert instance.http_client is own
        assert again.http_client is (None if how == "pickle" else own)
        assert caplog.records == []  # LlamaIndex logs what it cannot pickle


class _Greeting(lc.ChatPollinations):
    """A model of the user's own."""

    greeting: str = "Hi"
    _greeted: int = PrivateAttr(default=0)

    def greet(self) -> str:
        """Count greetings in a private attribute."""
        self._greeted += 1
        return self.invoke(self.greeting).text


@pytest.mark.parametrize("how", COPIES)
def test_a_subclass_keeps_what_it_added(sandbox: Sandbox, how: str) -> None:
    """Fields and private attributes of a subclass are copied too."""
    here: Any = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
    model = _Greeting(**here, greeting="Say only: hello")
    model.greet()
    twin = COPIES[how](model)

    assert twin.greet() == echo("Say only: hello")
    assert (model._greeted, twin._greeted) == (1, 2)


def test_a_constructor_opens_nothing(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket and no SSL context are made before the first call."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("the constructor opens something")

    for module, name in ((socket, "socket"), (ssl, "SSLContext"), (ssl, "create_default_context")):
        monkeypatch.setattr(module, name, refuse)
    assert kind(api_key=KEY)


@pytest.mark.parametrize("variable", ["POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"])
def test_the_environment_has_key_and_address(
    kind: Any, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """`POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`; white space does not count."""
    monkeypatch.delenv("POLLINATIONS_API_KEY", raising=False)
    monkeypatch.setenv(variable, f" {KEY}\n")
    monkeypatch.setenv("POLLINATIONS_BASE_URL", "https://x.example/v1/")

    settings = settings_of(kind())

    assert settings.api_key.get_secret_value() == KEY
    assert settings.base_url == "https://x.example"


async def test_it_closes_in_both_colours(kind: Any, sandbox: Sandbox) -> None:
    """As a context manager or by hand, more than once."""
    instance = kind(api_key=sandbox.api_key, base_url=sandbox.base_url)
    with instance as blocking:
        assert blocking is instance
    async with instance as asynchronous:
        assert asynchronous is instance
    instance.close()
    await instance.aclose()


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (lc.PollinationsEmbeddings, "embed_query"),
        (li.PollinationsEmbedding, "get_query_embedding"),
    ],
)
async def test_users_clients_are_used_and_left_open(
    sandbox: Sandbox, kind: Any, method: str
) -> None:
    """`http_client` for blocking calls, `http_async_client` for coroutines."""
    with httpx.Client(headers={"x-mine": "sync"}) as own:
        async with httpx.AsyncClient(headers={"x-mine": "async"}) as own_async:
            instance = kind(
                api_key=sandbox.api_key,
                base_url=sandbox.base_url,
                http_client=own,
                http_async_client=own_async,
            )
            getattr(instance, method)("a")
            await getattr(instance, f"a{method}")("a")
            instance.close()
            await instance.aclose()
            assert not own.is_closed
            assert not own_async.is_closed

    assert [request.headers["x-mine"] for request in sandbox.requests] == ["sync", "async"]
