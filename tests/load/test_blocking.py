"""No call of either adapter blocks the event loop, not even the first one of a process."""

import json
from pathlib import Path

import pytest
from media_tools import SOUND
from own_process import python

from pollinations_sandbox import Sandbox

# Each call is the first one of a process of its own, a fork of one that has made no call yet, and
# is done a second time there. What blocked is named on the last line.
PROGRAM = """
import asyncio, json, os, sys, traceback
from functools import partial
from types import SimpleNamespace
from blockbuster import blockbuster_ctx
from media_tools import ARGUMENTS, Tools
from ways import EVERY_WAY
from _pollinations.gateway import AsyncClient, Catalog

url, key, folder = sys.argv[1:]
gateway = SimpleNamespace(base_url=url, api_key=key)
catalog = Catalog(AsyncClient(key, url), folder + "/catalog.sqlite3")

def use(framework, kind):
    result = Tools(framework, "async", gateway).use(kind, ARGUMENTS[kind], directory=folder)
    assert getattr(result.raw, "status", "success") == "success", result.line
    return result

CALLS = {"refresh": lambda: asyncio.run(catalog.arefresh())}
for way in EVERY_WAY:
    if way.method.startswith("a"):
        CALLS[f"{way}"] = partial(way.ask, way.model(gateway), "Hi")
        auto = way.model(gateway, model="auto", require={"tools": True})
        CALLS[f"{way}, auto"] = partial(way.ask, auto, "Hi")
        vectors = way.classes[1](base_url=url, api_key=key)
        CALLS[f"{way.framework}, vectors"] = partial(way.embed, vectors, ["bees", "wasps"])
        for kind in ARGUMENTS:
            CALLS[f"{way.framework}, {kind}"] = partial(use, way.framework, kind)

def guarded(call):
    try:
        with blockbuster_ctx():
            assert call()
            assert call()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

failed = []
for name, call in CALLS.items():
    child = os.fork()
    if not child:
        os._exit(guarded(call))
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        failed.append(name)
print(json.dumps({"done": list(CALLS), "failed": failed}))
"""


def test_no_first_or_second_call_blocks_the_loop(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chat, streams, embeddings, media tools, the catalogue and the choice of a model wait aside.

    No file, lock, sleep, look-up or socket holds the event loop up, in our code or theirs.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    (tmp_path / "sound.wav").write_bytes(SOUND)
    done = python("-c", PROGRAM, sandbox.base_url, sandbox.api_key, str(tmp_path))

    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["failed"] == [], done.stderr[-3000:]
    assert len(result["done"]) >= 23
