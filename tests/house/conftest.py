"""One request through the models of both frameworks, by every method."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage

from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations

Send = Callable[[dict[str, Any]], object]
HELLO = [ChatMessage("Hi")]


async def gathered(stream: Any) -> list[Any]:
    pieces = await stream if inspect.isawaitable(stream) else stream
    return [piece async for piece in pieces]


CALLS: dict[str, Send] = {
    "invoke": lambda fields: ChatPollinations(**fields).invoke("Hi"),
    "stream": lambda fields: list(ChatPollinations(**fields).stream("Hi")),
    "ainvoke": lambda fields: asyncio.run(ChatPollinations(**fields).ainvoke("Hi")),
    "astream": lambda fields: asyncio.run(gathered(ChatPollinations(**fields).astream("Hi"))),
    "chat": lambda fields: Pollinations(**fields).chat(HELLO),
    "stream_chat": lambda fields: list(Pollinations(**fields).stream_chat(HELLO)),
    "acomplete": lambda fields: asyncio.run(Pollinations(**fields).acomplete("Hi")),
    "astream_chat": lambda fields: asyncio.run(
        gathered(Pollinations(**fields).astream_chat(HELLO))
    ),
}


@pytest.fixture(params=CALLS)
def send(request: pytest.FixtureRequest) -> Send:
    """Send a request by a model with these options, by each method in turn."""
    return CALLS[request.param]
