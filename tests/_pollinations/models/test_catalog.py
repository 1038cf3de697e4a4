"""What exists for a key, remembered: when the gateway is asked, and what is used when it fails."""

import asyncio
import copy
import json
import os
import pickle
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    InvalidInputError,
)
from _pollinations.models.catalog import Catalog
from _pollinations.models.model import LISTS
from pollinations_sandbox import Key, Sandbox

GEMINI = "google/gemini-3.7-flash"
CHOSEN = (GEMINI, "openai/gpt-5.4-nano", "google/gemini-3.1-pro-preview")
NOBODY = 65534

Ask = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Call a method of a catalogue, or the same in a coroutine that may not block."""

    def in_sync(catalog: Catalog, method: str, *arguments: str) -> Any:
        return getattr(catalog, method)(*arguments)

    def in_async(catalog: Catalog, method: str, *arguments: str) -> Any:
        async def call() -> Any:
            if method == "refresh":
                return await catalog.arefresh()
            known = await catalog.asnapshot()
            return known.models if method == "models" else getattr(catalog, method)(*arguments)

        with blockbuster_ctx():
            return asyncio.run(call())

    return in_sync if request.param == "sync" else in_async


@pytest.fixture
def old(client: Client, path: Path) -> Path:
    """A file whose lists are two days old."""
    Catalog(client, path).refresh()
    update(path, "read_at = read_at - 172800, tried_at = tried_at - 172800")
    return path


def update(path: Path, assignments: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"UPDATE catalogs SET {assignments}")  # noqa: S608 - our own words


def requested(sandbox: Sandbox) -> list[str]:
    """The paths of all requests since this was called last."""
    paths = sorted(request.path for request in sandbox.requests)
    sandbox.clear()
    return paths


def test_making_one_opens_nothing(sandbox: Sandbox, client: Client, path: Path, ask: Ask) -> None:
    """Only the first question reads the lists, each of them once; refresh reads them again."""
    catalog = Catalog(client, path)
    assert (requested(sandbox), path.exists()) == ([], False)

    models = ask(catalog, "models")
    assert ask(catalog, "chosen") == CHOSEN
    assert requested(sandbox) == sorted(LISTS)

    assert ask(catalog, "refresh") == models
    assert requested(sandbox) == sorted(LISTS)


@pytest.mark.parametrize("name", ["gemini", "flux", "veo", "elevenlabs", "openai-3-small"])
def test_a_model_of_any_kind_is_found_by_its_short_name(
    client: Client, path: Path, ask: Ask, name: str
) -> None:
    """Text, picture, video, speech, embedding: each has a list that knows its aliases."""
    model = ask(Catalog(client, path), "model", name)

    assert name in model.aliases
    assert model.prices.known
    assert ask(Catalog(client, path), "model", "no-such-model") is None


def test_a_fresh_file_means_no_request(
    sandbox: Sandbox, client: Client, old: Path, ask: Ask
) -> None:
    """Old lists are read again, and then not for another day, in whatever colour.

    The user may choose another age: of a week, or none at all, by which each call asks.
    """
    requested(sandbox)
    ask(Catalog(client, old, timedelta(days=7)), "models")
    assert requested(sandbox) == []

    models = ask(Catalog(client, old), "models")
    assert requested(sandbox) == sorted(LISTS)
    assert ask(Catalog(AsyncClient(sandbox.api_key, sandbox.base_url), old), "models") == models
    assert requested(sandbox) == []

    eager = Catalog(client, old, timedelta(0))
    for _ in range(2):
        ask(eager, "models")
        assert requested(sandbox) == sorted(LISTS)


def test_old_lists_serve_while_the_gateway_is_away(
    old: Path, lost: Client, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged, what was known stays in use, and it is not tried at every call."""
    catalog = Catalog(lost, old)

    assert ask(catalog, "chosen") == CHOSEN
    assert "/text/models cannot be read" in caplog.text
    caplog.clear()
    assert ask(catalog, "models")
    assert ask(Catalog(lost, old), "chosen") == CHOSEN
    assert caplog.text == ""
    update(old, "tried_at = tried_at - 1000")
    assert ask(Catalog(lost, old), "chosen") == CHOSEN
    assert "/text/models cannot be read" in caplog.text
    caplog.clear()
    assert ask(catalog, "refresh") == catalog.models()
    assert "cannot be read" in caplog.text


def test_lists_that_could_not_be_written_are_not_forgotten(
    sandbox: Sandbox, client: Client, path: Path, ask: Ask
) -> None:
    """What the file has is older, and does not replace them."""
    catalog = Catalog(client, path)
    models = ask(catalog, "models")
    update(path, "read_at = read_at - 9, lists = '{}'")
    sandbox.close()

    assert ask(catalog, "refresh") == models


def test_without_anything_the_error_is_told(path: Path, lost: Client, ask: Ask) -> None:
    """Nothing known and nobody to ask: a typed error, each time, also without a file."""
    for file in (path, path.parent):
        catalog = Catalog(lost, file)
        for method in ("models", "refresh", "chosen"):
            with pytest.raises(APIConnectionError):
                ask(catalog, method)


def test_a_failure_is_forgotten_when_the_lists_are_read(
    client: Client, path: Path, ask: Ask
) -> None:
    """The gateway may come back."""
    catalog = Catalog(client, path)
    nobody = Client(base_url="http://127.0.0.1:9", max_retries=0)
    catalog.client, catalog.async_client = nobody, AsyncClient.of(nobody.settings)
    with pytest.raises(APIConnectionError):
        ask(catalog, "models")
    catalog.client, catalog.async_client = client, AsyncClient.of(client.settings)

    assert ask(catalog, "models")


def test_the_file_holds_no_key(client: Client, path: Path) -> None:
    """A fingerprint tells keys apart."""
    Catalog(client, path).refresh()

    assert b"sk_sandbox" not in path.read_bytes()


def test_keys_have_their_own_choice(path: Path) -> None:
    """In one file, one key may use gemini alone, another claude alone, a third everything."""
    keys = {"sk_g": Key(models=("gemini",)), "sk_c": Key(models=("claude",)), "sk_all": Key()}
    with Sandbox(keys=keys) as sandbox:
        chosen = {key: Catalog(Client(key, sandbox.base_url), path).chosen() for key in keys}

    assert chosen == {
        "sk_g": (GEMINI,),
        "sk_c": ("anthropic/claude-sonnet-4.6",),
        "sk_all": CHOSEN,
    }


def test_there_is_a_choice_for_each_task(client: Client, path: Path, ask: Ask) -> None:
    """Words, searches and pictures; another task is refused before anything is read."""
    catalog = Catalog(client, path)
    with pytest.raises(InvalidInputError, match="there are: text, search, image"):
        catalog.chosen("cooking")
    assert not path.exists()

    assert ask(catalog, "chosen", "image")[0] == "black-forest-labs/flux.1-schnell"
    assert ask(catalog, "chosen", "search")[0] == "google/gemini-2.5-flash-lite:search"


def test_a_list_that_does_not_exist_is_empty(
    path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gateways of other times have fewer lists; that is no failure."""
    lists = ("/no/such/models", *LISTS)
    monkeypatch.setattr("_pollinations.models.catalog.LISTS", lists)
    with Sandbox(api="2026-01") as sandbox:
        client = Client(base_url=sandbox.base_url, max_retries=0)
        assert ask(Catalog(client, path), "chosen") == ("gemini", "openai", "gemini-large")
        assert requested(sandbox) == sorted(lists)
        update(path, "tried_at = tried_at - 1000")
        ask(Catalog(client, path), "models")

        assert requested(sandbox) == []


@pytest.mark.parametrize(
    "lost", [b"404 No\r\ncontent-length: 0\r\n\r\n", b"200 OK\r\ncontent-length: 2\r\n\r\n[]"]
)
def test_a_gateway_that_lost_its_lists_is_not_believed(
    old: Path, server: Any, ask: Ask, lost: bytes
) -> None:
    """Where a list was, an empty one or none is a failure."""
    with server(lambda connection: connection.sendall(b"HTTP/1.1 " + lost)) as url:
        update(old, f"base_url = '{url}'")

        assert ask(Catalog(Client("sk_sandbox", url), old), "chosen") == CHOSEN


@pytest.mark.parametrize(("timeout", "seconds"), [(300, 20), (5, 5)])
def test_a_list_is_not_waited_for_as_for_a_slow_model(timeout: float, seconds: float) -> None:
    """At most 20 seconds."""
    (waited,) = {
        call.request.read_timeout for call in Catalog(Client(timeout=timeout)).list_calls()
    }

    assert waited == seconds


def test_a_gateway_that_is_away_is_asked_for_one_list(path: Path, ask: Ask) -> None:
    """Which stands for the others."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        silent.settimeout(0.01)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = Client(base_url=address, max_retries=0, timeout=0.05)
        with pytest.raises(APITimeoutError):
            ask(Catalog(client, path), "models")
        silent.accept()[0].close()

        with pytest.raises(TimeoutError):
            silent.accept()


PROCESS = """
import sys
from _pollinations.http.client import Client
from _pollinations.models.catalog import Catalog
sys.stdin.readline()
print(*Catalog(Client("sk_sandbox", sys.argv[1]), sys.argv[2]).chosen())
"""


def test_eight_processes_share_a_file(sandbox: Sandbox, client: Client, path: Path) -> None:
    """They all choose alike, and afterwards the file is whole and fresh."""
    command = [sys.executable, "-c", PROCESS, sandbox.base_url, str(path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own words
        for _ in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        outputs = pool.map(lambda process: process.communicate("go\n", timeout=60)[0], processes)

    assert [output.split() for output in outputs] == [list(CHOSEN)] * 8
    requested(sandbox)
    assert Catalog(client, path).chosen() == CHOSEN
    assert requested(sandbox) == []
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def guarded() -> Iterator[Path]:
    """A folder whose rights a test may take away, also when the tests run as root."""
    with tempfile.TemporaryDirectory() as folder:
        user = os.geteuid()
        yield Path(folder)
        os.seteuid(user)
        Path(folder).chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of folders are another matter here")
def test_a_file_that_cannot_be_written_is_read(
    sandbox: Sandbox, client: Client, guarded: Path
) -> None:
    """Also if the folder cannot be written either."""
    path = guarded / "catalog.sqlite3"
    Catalog(client, path).refresh()
    path.chmod(0o444)
    guarded.chmod(0o555)
    requested(sandbox)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)

    assert Catalog(client, path).chosen() == CHOSEN
    assert requested(sandbox) == []


def test_lists_from_the_future_are_read_again(
    sandbox: Sandbox, client: Client, old: Path, ask: Ask
) -> None:
    """A wrong clock wrote them; what is read then counts, in the next process too."""
    update(old, "read_at = 9e9, tried_at = 9e9")
    requested(sandbox)
    for expected in (sorted(LISTS), []):
        ask(Catalog(client, old), "models")
        assert requested(sandbox) == expected


def test_a_catalogue_is_copied_and_pickled(client: Client, path: Path) -> None:
    """Its file goes with it, its locks do not."""
    catalog = Catalog(client, path, timedelta(hours=1))
    for again in (copy.deepcopy(catalog), pickle.loads(pickle.dumps(catalog))):  # noqa: S301 - our own
        assert (again.path, again.max_age) == (path, timedelta(hours=1))
        assert again.chosen() == CHOSEN
    assert "sk_sandbox" not in repr(catalog)


def test_the_usual_file_is_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG's variable says where that is, else the home folder does."""
    client = Client("sk_x", "https://gateway.example")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Catalog(client).path == tmp_path / "pollinations" / "catalog.sqlite3"

    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert Catalog(client).path == Path.home() / ".cache" / "pollinations" / "catalog.sqlite3"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000"])
def test_the_models_of_a_gateway_on_this_machine_stay_in_memory(host: str) -> None:
    """A sandbox leaves nothing in the user's cache; a path that is given is used."""
    client = Client("sk_x", f"http://{host}")

    assert Catalog(client).path is None
    assert Catalog(client, "here.sqlite3").path == Path("here.sqlite3")


def test_a_certain_async_client_is_used(sandbox: Sandbox, client: Client, path: Path) -> None:
    """The one that was given asks in its colour, in copies too."""
    other = AsyncClient(sandbox.api_key, sandbox.base_url, headers={"x-mine": "1"})
    asyncio.run(copy.copy(Catalog(client, path, async_client=other)).arefresh())

    assert {request.headers.get("x-mine") for request in sandbox.requests} == {"1"}


def test_requests_use_the_kept_choice(client: Client, path: Path, ask: Ask) -> None:
    """What was selected when the lists were read holds until they are read again."""
    Catalog(client, path).refresh()
    with closing(sqlite3.connect(path)) as file:
        (chosen,) = file.execute("SELECT chosen FROM catalogs").fetchone()
    assert tuple(json.loads(chosen)["text"]) == CHOSEN
    update(path, """chosen = json_set(chosen, '$.text', json('["kept"]'))""")

    assert ask(Catalog(client, path), "chosen") == ("kept",)
    assert ask(Catalog(client, path), "refresh")
    assert Catalog(client, path).chosen() == CHOSEN
