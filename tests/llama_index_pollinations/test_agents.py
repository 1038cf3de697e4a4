"""Every agent of LlamaIndex runs on the model, over a real socket."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    CodeActAgent,
    FunctionAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import (
    ChatMessage,
    CitationBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context, JsonSerializer
from spelling import called, sse, whole
from ways import add

from llama_index_pollinations import Pollinations
from llama_index_pollinations.to_wire import to_wire
from pollinations_sandbox import Sandbox

Make = Callable[..., Pollinations]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32


async def run(agent: Any, question: str, **kwargs: Any) -> tuple[Any, list[Any]]:
    handler = agent.run(question, **kwargs)
    events = [event async for event in handler.stream_events()]
    return await handler, events


def results(events: list[Any]) -> list[str]:
    return [event.tool_output.content for event in events if isinstance(event, ToolCallResult)]


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "whole"])
@pytest.mark.parametrize("slip", ["nonsense", "[3, 4]", "{'a': 3, 'b': 4}"])
async def test_a_function_agent_goes_on_after_a_slip(
    make: Make,
    sandbox: Sandbox,
    slip: str,
    streaming: bool,
) -> None:
    """Arguments that cannot be read are a failed call; the model learns why, and calls again."""
    spell = sse if streaming else whole
    for arguments in (slip, '{"a": 3, "b": 4}'):
        sandbox.reply(spell(called("add", arguments), reason="tool_calls"))
    sandbox.reply(spell({"content": "It is 7."}))
    agent = FunctionAgent(tools=[add], llm=make(), streaming=streaming)

    response, events = await run(agent, "What is 3 + 4?")

    assert response.response.content == "It is 7."
    failed, good = results(events)
    assert "not a JSON object" in failed
    assert good == "7"
    assert "not a JSON object" in sandbox.requests[1].body["messages"][-1]["content"]


@pytest.mark.parametrize("model", ["openai", "gemini"])
async def test_an_agent_without_tools_chooses_none(
    make: Make, sandbox: Sandbox, model: str
) -> None:
    """Gemini has default tools unless the list is empty, so an empty list is sent there."""
    await run(FunctionAgent(tools=[], llm=make(model=model)), "Hello")

    sent = {"tools", "tool_choice", "parallel_tool_calls"} & sandbox.last.body.keys()
    assert sent == ({"tools"} if model == "gemini" else set())


async def test_a_function_agent_streams_text_and_thoughts(make: Make) -> None:
    """Deltas add up to the answer, and thoughts come where agents look for them."""
    agent = FunctionAgent(tools=[add], llm=make(model="claude", reasoning_effort="high"))

    answer, events = await run(agent, "Why is the sky blue?")
    streamed = [event for event in events if isinstance(event, AgentStream)]

    assert "".join(event.delta for event in streamed) == str(answer)
    assert "".join(event.thinking_delta or "" for event in streamed)
    assert all(isinstance(event.raw, dict) for event in streamed)


def draw_picture(subject: str) -> list[Any]:
    """Draw a picture."""
    return [TextBlock(text=f"A picture of {subject}"), ImageBlock(image=PNG)]


# A workflow tells that a memory is stored apart from it.
@pytest.mark.filterwarnings("ignore:Skipping serialization of known unserializable key")
async def test_a_context_with_pictures_is_stored(make: Make, sandbox: Sandbox) -> None:
    """At any moment of a run, as JSON and without the key; the conversation goes on from it."""
    llm = make(model="claude", reasoning_effort="high")
    agent = FunctionAgent(tools=[FunctionTool.from_defaults(draw_picture)], llm=llm)
    memory = ChatMemoryBuffer.from_defaults(token_limit=100_000)
    blocks = [TextBlock(text="Call draw_picture for the subject 'cat'."), ImageBlock(image=PNG)]

    handler = agent.run(ChatMessage(blocks), ctx=Context(agent), memory=memory)
    stored: list[str] = []
    async for event in handler.stream_events():
        stored += [json.dumps(handler.ctx.to_dict()), JsonSerializer().serialize(event)]
    await handler
    stored.append(json.dumps(handler.ctx.to_dict()))
    again = Context.from_dict(agent, json.loads(stored[-1]))
    answer = await agent.run("What was it?", ctx=again, memory=memory)

    assert not [text for text in stored if sandbox.api_key in text]
    assert any(base64.b64encode(PNG).decode() in text for text in stored)
    assert str(answer)
    messages = [message["role"] for message in sandbox.last.body["messages"]]
    assert messages == ["user", "assistant", "tool", "user", "assistant", "user"]


@pytest.mark.parametrize(
    ("model", "options", "kinds"),
    [
        ("claude", {"reasoning_effort": "high"}, [ThinkingBlock, ToolCallBlock]),
        ("gemini", {"reasoning_effort": "high"}, [ThinkingBlock, ToolCallBlock]),
        ("perplexity-fast", {}, [TextBlock, CitationBlock]),
    ],
)
async def test_a_memory_keeps_every_block(
    make: Make, model: str, options: dict[str, Any], kinds: list[type]
) -> None:
    """LlamaIndex's own store writes JSON; from it comes what tells the gateway the same."""
    llm = make(model=model, **options)
    tools = [FunctionTool.from_defaults(draw_picture)] if ToolCallBlock in kinds else []
    question = ChatMessage("Call draw_picture for the subject 'cat'.")
    answer = await llm.achat_with_tools(tools, chat_history=[question])
    calls = llm.get_tool_calls_from_response(answer, error_on_no_tool_call=False)
    messages = [question, answer.message]
    for call in calls:
        kwargs = {"tool_call_id": call.tool_id}
        messages.append(ChatMessage(draw_picture("cat"), role="tool", additional_kwargs=kwargs))
    memory = Memory.from_defaults(session_id=model, token_limit=100_000)

    try:
        await memory.aput_messages(messages)
        stored = await memory.aget_all()
    finally:
        await memory.sql_store._async_engine.dispose()

    block_kinds = list(dict.fromkeys(type(block) for block in stored[1].blocks))
    assert block_kinds == kinds
    assert stored == messages
    assert to_wire(stored) == to_wire(messages)


async def test_a_codeact_agent_runs_code(make: Make) -> None:
    """The agent finds the code in the deltas, and the executed result leads to the answer."""
    ran: list[str] = []

    def execute(code: str) -> str:
        ran.append(code)
        return "7"

    agent = CodeActAgent(code_execute_fn=execute, tools=[add], llm=make())

    answer, _ = await run(agent, "What is 3 plus 4?")

    assert len(ran) == 1
    assert "add(" in ran[0]
    assert "7" in str(answer)
