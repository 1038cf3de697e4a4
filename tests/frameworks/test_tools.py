"""Tools and agents of both frameworks."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.tools import StructuredTool
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool
from spelling import called, sse, whole
from ways import EITHER, WAYS, Way, add

from llama_index_pollinations import StructuredOutputError
from pollinations_sandbox import Reply, Sandbox

NAMES = [
    ("claude", "add"),
    ("deepseek", "math.add"),
    ("gemini", "加 add"),
    ("gemini", "add_" + "x" * 80),
    ("openai", "Add für alle"),
    ("openai", "add[int]"),
]
AGENTS = pytest.mark.parametrize("way", [WAYS[0], WAYS[2], WAYS[4], WAYS[6]], ids=str)


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def tool(way: Way, function: Callable[..., Any], name: str) -> Any:
    """A tool of the framework."""
    if way.framework == "langchain":
        return StructuredTool.from_function(function, name=name)
    return FunctionTool.from_defaults(function, name=name)


def run(way: Way, sandbox: Sandbox, *tools: Any, model: str = "openai") -> str:
    """Let an agent answer; its model streams or not."""
    question = "What is 3 plus 4?"
    if way.framework == "langchain":
        agent: Any = create_agent(way.model(sandbox, model=model, streaming=way.streams), tools)
        messages = agent.invoke({"messages": [question]})["messages"]
        return str(messages[-1].text)
    agent = FunctionAgent(
        tools=[*tools], llm=way.model(sandbox, model=model), streaming=way.streams
    )

    async def answer() -> str:
        return str(await agent.run(question))

    return asyncio.run(answer())


def results(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The results of tools in the last request."""
    return [message for message in sandbox.last.body["messages"] if message["role"] == "tool"]


@AGENTS
@pytest.mark.parametrize(("model", "name"), NAMES)
def test_an_agent_runs_a_tool_and_answers(
    sandbox: Sandbox, way: Way, model: str, name: str
) -> None:
    """Its tool may have any name: what providers refuse travels as another."""
    answer = run(way, sandbox, tool(way, add, name), model=model)

    assert "7" in answer
    assert sandbox.last.body.get("stream", False) is way.streams
    (result,) = results(sandbox)
    assert result["content"] == "7"
    (sent,) = {one["function"]["name"] for one in sandbox.last.body["tools"]}
    assert result["name"] == sent
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", sent)


@AGENTS
def test_an_agent_makes_parallel_calls(sandbox: Sandbox, way: Way) -> None:
    """Two calls of one turn are both run, and both results go back.

    An old core of LlamaIndex takes the first one of an answer that does not stream; then the second
    comes next.
    """
    calls = [("add", {"a": 3, "b": 4}), ("multiply", {"a": 5, "b": 6})]

    def model(request: Any) -> Reply:
        done = sum(message["role"] == "tool" for message in request.body["messages"])
        return Reply(tool_calls=calls[done:]) if done < len(calls) else Reply("7 and 30")

    sandbox.on(model)
    run(way, sandbox, add, multiply)

    assert sorted(result["content"] for result in results(sandbox)) == ["30", "7"]


@AGENTS
def test_no_tool_runs_with_half_its_arguments(sandbox: Sandbox, way: Way) -> None:
    """LangChain's agents end without a call whose arguments reached the limit; others raise."""
    deleted: list[str] = []

    def delete(path: str) -> str:
        """Delete a folder."""
        deleted.append(path)
        return "Done."

    message = called("delete", '{"path": "/home')
    sandbox.reply(sse(message, reason="length") if way.streams else whole(message, "length"))
    with suppress(StructuredOutputError):
        run(way, sandbox, delete)

    assert len(sandbox.requests) == 1
    assert deleted == []


@EITHER
@pytest.mark.parametrize("name", ["google_search", "url_context"])
def test_built_in_tools_go_by_name_or_object(sandbox: Sandbox, way: Way, name: str) -> None:
    """Of a model or of a call; one of them works as a function only."""
    way.ask(way.model(sandbox, model="gemini", builtin_tools=[name]), "Hi")
    for tools in (name, [name], [{name: {}}], [{"type": name}]):
        way.ask(way.model(sandbox, model="gemini"), "Hi", tools=tools)

    function = {"type": "function", "function": {"name": name}}
    sent = [function if name == "google_search" else {"type": name}]
    assert [request.body["tools"] for request in sandbox.requests] == [sent] * 5


@EITHER
def test_built_in_tools_stand_behind_those_of_a_call(sandbox: Sandbox, way: Way) -> None:
    """A call adds to `builtin_tools`."""
    model = way.model(sandbox, model="gemini", builtin_tools=["file_search"])
    way.ask(model, "Hi", tools="url_context")

    assert [one["type"] for one in sandbox.last.body["tools"]] == ["url_context", "file_search"]
