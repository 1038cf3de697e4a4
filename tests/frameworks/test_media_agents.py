"""Agents that make images: the file is there, and their context stays small."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.memory import ChatMemoryBuffer
from media_tools import reach
from PIL import Image

import langchain_pollinations as lc
import llama_index_pollinations as li
from pollinations_sandbox import Fault, Sandbox

DRAW = "Draw a picture of a red bicycle."
SIZE = {"width": 320, "height": 200}


def only_image_of(folder: Path) -> Path:
    """The one file of a folder, which Pillow opens with the requested size."""
    (path,) = folder.iterdir()
    assert Image.open(BytesIO(path.read_bytes())).size == (320, 200)
    return path


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("in_memory", [False, True])
async def test_an_agent_of_langchain_makes_an_image(
    sandbox: Sandbox, tmp_path: Path, *, streaming: bool, in_memory: bool
) -> None:
    """The answer names the file; without one, the artifact holds all data, and no request does."""
    directory = None if in_memory else tmp_path
    tool = lc.PollinationsImageTool(directory=directory, **SIZE, **reach(sandbox))
    agent = create_agent(lc.ChatPollinations(streaming=streaming, **reach(sandbox)), [tool])
    state: Any = {"messages": [HumanMessage(DRAW)]}
    messages = (await agent.ainvoke(state))["messages"]

    assert [type(m).__name__ for m in messages[1:]] == ["AIMessage", "ToolMessage", "AIMessage"]
    assert len(json.dumps(sandbox.last.body["messages"])) < 2_000
    if in_memory:
        assert len(messages[2].artifact["base64"]) > 5_000
    else:
        assert str(only_image_of(tmp_path)) in messages[-1].text


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_agent_of_llama_index_makes_an_image(
    sandbox: Sandbox, tmp_path: Path, *, streaming: bool
) -> None:
    """The answer names the file, and the memory holds no data."""
    spec = li.PollinationsToolSpec(directory=tmp_path, image_options=SIZE, **reach(sandbox))
    llm = li.Pollinations(**reach(sandbox))
    agent = FunctionAgent(tools=spec.to_tool_list(), llm=llm, streaming=streaming)
    memory = ChatMemoryBuffer.from_defaults(token_limit=100_000)
    handler = agent.run(DRAW, memory=memory)
    results = [event async for event in handler.stream_events() if type(event) is ToolCallResult]

    assert str(only_image_of(tmp_path)) in str(await handler)
    assert [result.tool_name for result in results] == ["generate_image"]
    kinds = [type(block).__name__ for block in results[0].tool_output.blocks]
    assert kinds == ["TextBlock", "ImageBlock"]
    assert sum(len(message.model_dump_json()) for message in await memory.aget_all()) < 4_000


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_an_error_of_the_account_ends_an_agent_of_langchain(
    sandbox: Sandbox, status: int
) -> None:
    """No model can act on it: the agent raises, and its model is not asked again."""
    sandbox.fail(Fault.status(status, model="zimage"))
    tool = lc.PollinationsImageTool(model="zimage", fallback_models=[], **reach(sandbox))
    agent = create_agent(lc.ChatPollinations(**reach(sandbox)), [tool])

    with pytest.raises((lc.AuthenticationError, lc.PaymentRequiredError, lc.PermissionDeniedError)):
        await agent.ainvoke({"messages": [HumanMessage(DRAW)]})

    assert [request.path.split("/")[1] for request in sandbox.requests] == ["v1", "image"]
