"""Every agent of LlamaIndex runs on the model, over a real socket."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    AgentWorkflow,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    CitationBlock,
    ContentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context, JsonSerializer
from pydantic import BaseModel
from spelling import sse, whole

from llama_index_pollinations import Pollinations
from llama_index_pollinations.to_wire import to_wire
from pollinations_sandbox import Fault, Reply, Sandbox

Make = Callable[..., Pollinations]
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99"
    b"=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def stores(block: ContentBlock) -> bool:
    """Whether LlamaIndex reads back what it writes of a block."""
    try:
        return type(block).model_validate(block.model_dump()) == block
    except ValueError:
        return False


STORES_AUDIO = stores(AudioBlock(audio=b"sound", format="pcm16"))


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


class Sum(BaseModel):
    """The result of a calculation."""

    result: int


async def run(agent: Any, question: str, **kwargs: Any) -> tuple[Any, list[Any]]:
    handler = agent.run(question, **kwargs)
    events = [event async for event in handler.stream_events()]
    return await handler, events


def results(events: list[Any]) -> list[str]:
    return [event.tool_output.content for event in events if isinstance(event, ToolCallResult)]


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "whole"])
@pytest.mark.parametrize("model", ["openai", "claude", "gemini", "deepseek"])
async def test_a_function_agent_calls_a_tool_and_answers(
    make: Make, model: str, streaming: bool
) -> None:
    """The agent runs the tool with the model's arguments and ends with its answer."""
    agent = FunctionAgent(tools=[add], llm=make(model=model), streaming=streaming)

    answer, events = await run(agent, "What is 3 plus 4?")

    assert results(events) == ["7"]
    assert "7" in str(answer)


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "whole"])
@pytest.mark.parametrize(
    "name", ["math.add", "Add für alle", "加 add", "add_" + "x" * 80, "add[int]"]
)
@pytest.mark.parametrize("model", ["openai", "gemini"])
async def test_an_agent_finds_a_tool_by_any_name(
    make: Make, sandbox: Sandbox, name: str, model: str, streaming: bool
) -> None:
    """Names that providers refuse travel as others, and are the tool's own again in its calls."""
    tool = FunctionTool.from_defaults(add, name=name)
    agent = FunctionAgent(tools=[tool], llm=make(model=model), streaming=streaming)

    answer, events = await run(agent, "What is 3 plus 4?")

    assert results(events) == ["7"]
    assert "7" in str(answer)
    names = {one["function"]["name"] for one in sandbox.last.body["tools"]}
    names |= {one["name"] for one in sandbox.last.body["messages"] if one["role"] == "tool"}
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", "".join(names))


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "whole"])
async def test_a_function_agent_makes_parallel_calls(
    make: Make, sandbox: Sandbox, streaming: bool
) -> None:
    """Two calls of one turn are both run, and both results go back.

    An old core takes the first one of an answer that does not stream; then the second comes next.
    """
    calls = [("add", {"a": 3, "b": 4}), ("multiply", {"a": 5, "b": 6})]

    def model(request: Any) -> Reply:
        done = sum(message["role"] == "tool" for message in request.body["messages"])
        return Reply(tool_calls=calls[done:]) if done < len(calls) else Reply("7 and 30")

    sandbox.on(model)
    agent = FunctionAgent(tools=[add, multiply], llm=make(), streaming=streaming)

    _, events = await run(agent, "Add 3 and 4 and multiply 5 by 6.")

    assert sorted(results(events)) == ["30", "7"]


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
    call = {"index": 0, "id": "c1", "type": "function"}
    for arguments in (slip, '{"a": 3, "b": 4}'):
        function = {"name": "add", "arguments": arguments}
        sandbox.reply(spell({"tool_calls": [{**call, "function": function}]}, reason="tool_calls"))
    sandbox.reply(spell({"content": "It is 7."}))
    agent = FunctionAgent(tools=[add], llm=make(), streaming=streaming)

    response, events = await run(agent, "What is 3 + 4?")

    assert response.response.content == "It is 7."
    failed, good = results(events)
    assert "not a JSON object" in failed
    assert good == "7"
    assert "not a JSON object" in sandbox.requests[1].body["messages"][-1]["content"]


async def test_a_function_agent_streams_text_and_thoughts(make: Make) -> None:
    """Deltas add up to the answer, and thoughts come where agents look for them."""
    agent = FunctionAgent(tools=[add], llm=make(model="claude", reasoning_effort="high"))

    answer, events = await run(agent, "Why is the sky blue?")
    streamed = [event for event in events if isinstance(event, AgentStream)]

    assert "".join(event.delta for event in streamed) == str(answer)
    assert "".join(event.thinking_delta or "" for event in streamed)
    assert all(isinstance(event.raw, dict) for event in streamed)


async def test_a_function_agent_without_tools_sends_no_choice(make: Make, sandbox: Sandbox) -> None:
    """An agent with no tools asks for none and chooses none."""
    agent = FunctionAgent(tools=[], llm=make())

    await run(agent, "Hello")

    assert not sandbox.last.body.keys() & {"tools", "tool_choice", "parallel_tool_calls"}


async def test_a_function_agent_switches_gemini_tools_off(make: Make, sandbox: Sandbox) -> None:
    """Gemini has default tools unless the list is empty, so an empty list is sent there."""
    agent = FunctionAgent(tools=[], llm=make(model="gemini"))

    await run(agent, "Hello")

    assert sandbox.last.body["tools"] == []


async def test_a_function_agent_gives_an_object(make: Make) -> None:
    """`output_cls` ends in an object of that class."""
    agent = FunctionAgent(tools=[add], llm=make(), output_cls=Sum)

    answer, _ = await run(agent, "What is 3 plus 4?")

    assert isinstance(answer.get_pydantic_model(Sum), Sum)


async def test_a_picture_of_a_tool_reaches_the_model(make: Make, sandbox: Sandbox) -> None:
    """What a tool draws follows its result as a user's message, where every model sees it."""
    agent = FunctionAgent(tools=[FunctionTool.from_defaults(draw_picture)], llm=make())

    await run(agent, "Call draw_picture for the subject 'cat'.")
    messages = sandbox.last.body["messages"]
    place = next(i for i, message in enumerate(messages) if message["role"] == "tool")

    assert isinstance(messages[place]["content"], str)
    assert messages[place + 1]["role"] == "user"
    assert messages[place + 1]["content"][0]["image_url"]["url"].startswith(
        "data:image/png;base64,"
    )


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
        pytest.param(
            "openai-audio",
            {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}},
            [TextBlock, AudioBlock],
            marks=pytest.mark.skipif(
                not STORES_AUDIO, reason="this core cannot read back the sound that it stored"
            ),
        ),
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
    results = [
        ChatMessage(
            role="tool",
            blocks=draw_picture("cat"),
            additional_kwargs={"tool_call_id": call.tool_id},
        )
        for call in calls
    ]
    messages = [question, answer.message, *results]
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


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "whole"])
async def test_a_react_agent_calls_a_tool_and_answers(make: Make, streaming: bool) -> None:
    """An agent that works in plain text runs on the same model."""
    agent = ReActAgent(tools=[add], llm=make(), streaming=streaming)

    answer, events = await run(agent, "What is 3 plus 4?")

    assert results(events) == ["7"]
    assert "7" in str(answer)


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


async def test_a_workflow_picks_a_function_agent(make: Make) -> None:
    """`AgentWorkflow.from_tools_or_functions` sees that the model calls tools."""
    workflow = AgentWorkflow.from_tools_or_functions([add], llm=make())

    answer, events = await run(workflow, "What is 3 plus 4?")

    assert isinstance(next(iter(workflow.agents.values())), FunctionAgent)
    assert results(events) == ["7"]
    assert "7" in str(answer)


async def test_agents_hand_over(make: Make) -> None:
    """One agent hands the work to another by a tool call."""
    llm = make()
    adder = FunctionAgent(
        name="Adder", description="Adds numbers", tools=[add], llm=llm, can_handoff_to=[]
    )
    greeter = FunctionAgent(
        name="Greeter",
        description="Greets users",
        llm=llm,
        can_handoff_to=["Adder"],
        system_prompt="Hand over to Adder for sums.",
    )
    workflow = AgentWorkflow(agents=[greeter, adder], root_agent="Greeter")

    _, events = await run(workflow, "Hand off to Adder: what is 3 plus 4?")

    assert any("Adder" in result for result in results(events))


async def test_an_agent_finishes_without_its_first_two_models(make: Make, sandbox: Sandbox) -> None:
    """A streaming agent runs its tool, answers, and says which model did it and why."""
    sandbox.fail(Fault.status(503, times=None, model="gemini"))
    sandbox.fail(Fault.status(500, times=None, model="openai"))
    fields: Any = {"fallback_models": ["openai", "mistral"], "max_retries": 0}
    llm = make(model="gemini", **fields)
    agent = FunctionAgent(tools=[add], llm=llm, streaming=True)

    handler = agent.run("What is 3 plus 4?")
    streamed = [e async for e in handler.stream_events() if isinstance(e, AgentStream)]
    answer: Any = await handler

    assert "7" in str(answer)
    assert "".join(event.delta for event in streamed) == str(answer)
    assert answer.raw["model_name"] == "mistral"
    assert [failed["model"] for failed in answer.raw["fallbacks"]] == ["gemini", "openai"]
