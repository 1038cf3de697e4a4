"""No call of either adapter blocks the event loop, not even the first one of a process."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_process import python

from pollinations_sandbox import Sandbox

LANGCHAIN = """
from langchain_pollinations import (
    ChatPollinations,
    PollinationsEmbeddings,
    PollinationsImageTool,
    PollinationsSpeechTool,
    PollinationsTranscriptionTool,
    PollinationsVideoTool,
)
from langchain_pollinations.gateway import AsyncClient, Catalog

chat = ChatPollinations(model="openai", **where)
auto = ChatPollinations(model="auto", require={"tools": True}, **where)
embeddings = PollinationsEmbeddings(**where)
image, video, speech, transcribe = (
    tool(directory=folder, handle_tool_error=False, **where)
    for tool in (
        PollinationsImageTool,
        PollinationsVideoTool,
        PollinationsSpeechTool,
        PollinationsTranscriptionTool,
    )
)
catalog = Catalog(AsyncClient(where["api_key"], where["base_url"]), folder + "/catalog.sqlite3")

async def pieces(model):
    return [chunk async for chunk in model.astream("Hi")]

CALLS = {
    "ainvoke": lambda: chat.ainvoke("Hi"),
    "astream": lambda: pieces(chat),
    "abatch": lambda: chat.abatch(["Hi", "Ho"]),
    "auto": lambda: auto.ainvoke("Hi"),
    "auto, in pieces": lambda: pieces(auto),
    "aembed_query": lambda: embeddings.aembed_query("bees"),
    "aembed_documents": lambda: embeddings.aembed_documents(["bees", "wasps"]),
    "image": lambda: image.ainvoke({"prompt": "A bee", "width": 16, "height": 16}),
    "video": lambda: video.ainvoke({"prompt": "A bee"}),
    "speech": lambda: speech.ainvoke({"text": "Hello"}),
    "transcription": lambda: transcribe.ainvoke({"path": "sound.wav"}),
    "refresh": lambda: catalog.arefresh(),
}
"""

LLAMA_INDEX = """
from llama_index.core.llms import ChatMessage
from llama_index_pollinations import Pollinations, PollinationsEmbedding, PollinationsToolSpec
from llama_index_pollinations.gateway import AsyncClient, Catalog

llm = Pollinations(model="openai", **where)
auto = Pollinations(model="auto", require={"tools": True}, **where)
embedding = PollinationsEmbedding(**where)
spec = PollinationsToolSpec(directory=folder, **where)
catalog = Catalog(AsyncClient(where["api_key"], where["base_url"]), folder + "/catalog.sqlite3")
hello = [ChatMessage("Hi")]

async def pieces(begun):
    return [piece async for piece in await begun]

CALLS = {
    "achat": lambda: llm.achat(hello),
    "acomplete": lambda: llm.acomplete("Hi"),
    "astream_chat": lambda: pieces(llm.astream_chat(hello)),
    "astream_complete": lambda: pieces(llm.astream_complete("Hi")),
    "auto": lambda: auto.achat(hello),
    "auto, in pieces": lambda: pieces(auto.astream_chat(hello)),
    "query embedding": lambda: embedding.aget_query_embedding("bees"),
    "text embeddings": lambda: embedding.aget_text_embedding_batch(["bees", "wasps"]),
    "image": lambda: spec.agenerate_image("A bee", width=16, height=16),
    "video": lambda: spec.agenerate_video("A bee"),
    "speech": lambda: spec.aspeak("Hello"),
    "transcription": lambda: spec.atranscribe("sound.wav"),
    "refresh": lambda: catalog.arefresh(),
}
"""

# Each call is the first one of a process of its own, a fork of one that has made no call yet, and
# is done a second time there. What blocked is named on the last line.
PROGRAM = """
import asyncio, json, os, sys, traceback
from blockbuster import blockbuster_ctx

where, folder = json.loads(sys.argv[1])
{setting}

async def twice(call):
    with blockbuster_ctx():
        assert await call()
        assert await call()

def guarded(name):
    try:
        asyncio.run(twice(CALLS[name]))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

failed = []
for name in CALLS:
    child = os.fork()
    if not child:
        os._exit(guarded(name))
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        failed.append(name)
print(json.dumps({{"done": list(CALLS), "failed": failed}}))
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("setting", [LANGCHAIN, LLAMA_INDEX], ids=["langchain", "llama-index"])
def test_no_first_or_second_call_blocks_the_loop(
    sandbox: Sandbox,
    setting: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Chat, streams, embeddings, media tools, the catalogue and the choice of a model wait aside.

    No file, lock, sleep, look-up or socket holds the event loop up, in our code or theirs.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "sound.wav").write_bytes(base64.b64decode(SOUND))
    where = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
    done = python("-c", PROGRAM.format(setting=setting), json.dumps([where, str(tmp_path)]))

    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["failed"] == [], done.stderr[-3000:]
    assert len(result["done"]) >= 12


# 44 bytes of header and one silent sample.
SOUND = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA=="
