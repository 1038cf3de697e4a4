"""One question to both frameworks' models, in every way that there is."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage

from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations

Ask = Callable[[dict[str, Any]], object]
HELLO = [ChatMessage("Hi")]


async def gathered(begun: Any) -> list[Any]:
    pieces = await begun if inspect.isawaitable(begun) else begun
    return [piece async for piece in pieces]


ASKING: dict[str, Ask] = {
    "invoke": lambda given: ChatPollinations(**given).invoke("Hi"),
    "stream": lambda given: list(ChatPollinations(**given).stream("Hi")),
    "ainvoke": lambda given: asyncio.run(ChatPollinations(**given).ainvoke("Hi")),
    "astream": lambda given: asyncio.run(gathered(ChatPollinations(**given).astream("Hi"))),
    "chat": lambda given: Pollinations(**given).chat(HELLO),
    "stream_chat": lambda given: list(Pollinations(**given).stream_chat(HELLO)),
    "acomplete": lambda given: asyncio.run(Pollinations(**given).acomplete("Hi")),
    "astream_chat": lambda given: asyncio.run(gathered(Pollinations(**given).astream_chat(HELLO))),
}


@pytest.fixture(params=ASKING)
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a model that is made with these options, in each way in turn."""
    return ASKING[request.param]
