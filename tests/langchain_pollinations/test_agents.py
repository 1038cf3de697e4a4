"""Agents, tool nodes and graphs run on the model."""

from collections.abc import Callable
from typing import Any

import pytest
from chats import echo
from langchain.agents import create_agent
from langchain.agents.middleware import (
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import ToolException, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pydantic import BaseModel
from spelling import sse, whole

from langchain_pollinations import ChatPollinations, PaymentRequiredError
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Person(BaseModel):
    """A person with name and age."""

    name: str
    age: int


def question_state(text: str) -> Any:
    """The state that an agent begins with."""
    return {"messages": [HumanMessage(text)]}


@pytest.fixture(params=["openai", "gemini", "claude", "deepseek"])
def model_name(request: pytest.FixtureRequest) -> str:
    """A model of each provider's style."""
    return str(request.param)


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_an_agent_calls_its_tool_and_answers(
    chat_of_either: Chat, model_name: str, version: str
) -> None:
    """Question, call, result, answer: in both APIs, with every provider's style."""
    agent = create_agent(chat_of_either(model=model_name, output_version=version), [weather])
    messages = agent.invoke(question_state("What is the weather in Paris?"))["messages"]
    kinds = [type(message).__name__ for message in messages]
    assert kinds == ["HumanMessage", "AIMessage", "ToolMessage", "AIMessage"]
    assert messages[1].tool_calls[0]["args"] == {"city": "Paris"}
    assert "rains in Paris" in messages[-1].text


async def test_an_agent_runs_async_tools(chat: Chat) -> None:
    """The async colour goes all the way down."""
    agent = create_agent(chat(), [add])
    answer = await agent.ainvoke(question_state("Add 3 and 4, please."))
    assert "7" in answer["messages"][-1].text


def test_several_tools_run_in_parallel(chat: Chat) -> None:
    """Two calls in one turn get a result each."""

    def capital(country: str) -> str:
        """Name the capital of a country."""
        return f"The capital of {country}"

    agent = create_agent(chat(), [weather, capital])
    question = question_state("How is the weather in Paris? Also name the capital of France.")
    messages = agent.invoke(question)["messages"]
    results = [message for message in messages if isinstance(message, ToolMessage)]
    assert {result.content for result in results} == {"It rains in Paris.", "The capital of France"}


def test_an_agent_streams_messages(chat: Chat) -> None:
    """Mode `messages` shows the model's chunks as they come."""
    agent = create_agent(chat(), [weather])
    chunks = [
        chunk
        for chunk, _ in agent.stream(
            question_state("What is the weather in Paris?"), stream_mode="messages"
        )
    ]
    pieces = [chunk for chunk in chunks if isinstance(chunk, AIMessageChunk)]
    assert len(pieces) > 4
    assert "rains in Paris" in "".join(piece.text for piece in pieces)
    assert any(piece.tool_call_chunks for piece in pieces)


def test_an_agent_streams_updates(chat: Chat) -> None:
    """Mode `updates` shows each step."""
    agent = create_agent(chat(), [weather])
    steps = agent.stream(question_state("What is the weather in Paris?"), stream_mode="updates")
    assert [next(iter(step)) for step in steps] == ["model", "tools", "model"]


@pytest.mark.parametrize("strategy", [ToolStrategy(Person), ProviderStrategy(Person), Person])
@pytest.mark.parametrize("tools", [[], [weather]], ids=["no tools", "a tool"])
def test_an_agent_answers_with_data(chat: Chat, strategy: Any, tools: list[Any]) -> None:
    """By a forced tool or by the provider's JSON schema, with tools beside it or without."""
    agent: Any = create_agent(chat(), tools, response_format=strategy)
    answer = agent.invoke(question_state("Ada is 36 years old."))
    assert isinstance(answer["structured_response"], Person)


@pytest.mark.parametrize(
    "name", ["gemini", "gemini-3-flash", "google/gemini-3.1-pro-preview", "claude-sonnet-4.5"]
)
def test_a_schema_with_tools_works_for_every_name(chat: Chat, name: str) -> None:
    """Whatever strategy LangChain chooses by the name, no tool is lost and none is refused."""
    agent: Any = create_agent(chat(model=name), [weather], response_format=Person)
    answer = agent.invoke(question_state("Ada is 36 years old."))
    assert isinstance(answer["structured_response"], Person)


def test_a_tools_error_goes_back_to_the_model(chat: Chat, sandbox: Sandbox) -> None:
    """The model is told what went wrong, and the run goes on."""

    @tool
    def weather(city: str) -> str:
        """Tell the weather of a city."""
        raise ToolException(f"No weather in {city}")

    weather.handle_tool_error = True
    agent = create_agent(chat(), [weather])
    messages = agent.invoke(question_state("What is the weather in Paris?"))["messages"]
    (result,) = [message for message in messages if isinstance(message, ToolMessage)]
    assert result.status == "error"
    assert sandbox.last.body["messages"][-1]["content"] == "No weather in Paris"
    assert isinstance(messages[-1], AIMessage)


def test_a_tool_node_runs_our_calls(chat: Chat) -> None:
    """A graph of one's own works like the ready-made agent, with a checkpointer."""
    bound = chat().bind_tools([weather])

    def call(state: MessagesState) -> dict[str, Any]:
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", call)
    graph.add_node("tools", ToolNode([weather]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    compiled = graph.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    compiled.invoke(question_state("What is the weather in Paris?"), config)
    answer = compiled.invoke(question_state("Say only: hello"), config)
    assert answer["messages"][-1].text == echo("Say only: hello")
    assert len(answer["messages"]) == 6


def test_provider_and_name_are_what_middleware_compares(chat: Chat) -> None:
    """Summarization trusts reported usage only if both names agree."""
    model = chat()
    answer = model.invoke("Hi")
    assert answer.response_metadata["model_provider"] == model._get_ls_params()["ls_provider"]


def test_middleware_retries_and_falls_back(chat: Chat, sandbox: Sandbox) -> None:
    """LangChain's middleware knows which of our errors may pass."""
    sandbox.fail(Fault.status(503, times=1))
    retrying = create_agent(
        chat(max_retries=0), middleware=[ModelRetryMiddleware(initial_delay=0.0, jitter=False)]
    )
    assert retrying.invoke(question_state("Say only: hello"))["messages"][-1].text == echo(
        "Say only: hello"
    )
    assert len(sandbox.requests) == 2
    sandbox.clear()
    sandbox.fail(Fault.refusal("balance", model="openai", times=None))
    falling = create_agent(
        chat(model="openai"), middleware=[ModelFallbackMiddleware(chat(model="gemini"))]
    )
    assert falling.invoke(question_state("Say only: hello"))["messages"][-1].text == echo(
        "Say only: hello"
    )
    assert sandbox.last.body["model"] == "gemini"


def test_what_cannot_pass_is_not_retried(chat: Chat, sandbox: Sandbox) -> None:
    """A lack of pollen ends the run at once with its own error."""
    sandbox.fail(Fault.refusal("balance", times=None))
    agent = create_agent(
        chat(), middleware=[ModelRetryMiddleware(initial_delay=0.0, on_failure="error")]
    )
    with pytest.raises(PaymentRequiredError):
        agent.invoke(question_state("Hi"))
    assert len(sandbox.requests) == 1


def test_long_conversations_are_summarized(chat: Chat) -> None:
    """A fraction of the context is known from the profile."""
    model = chat(model="gemini", profile={"max_input_tokens": 200})
    middleware = SummarizationMiddleware(model, trigger=("fraction", 0.5), keep=("messages", 1))
    agent = create_agent(model, middleware=[middleware])
    history = [HumanMessage("word " * 150), AIMessage("yes"), HumanMessage("Say only: hello")]
    messages = agent.invoke({"messages": history})["messages"]
    assert messages[-1].text == echo("Say only: hello")
    assert "summary" in messages[0].text.lower()


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("mode", ["messages", "values"])
def test_no_tool_runs_with_half_its_arguments(
    chat: Chat, sandbox: Sandbox, *, mode: Any, version: str
) -> None:
    """An agent that streams does not call a tool whose arguments reached the limit."""
    deleted: list[str] = []

    @tool
    def delete(path: str) -> str:
        """Delete a folder."""
        deleted.append(path)
        return "Done."

    function = {"name": "delete", "arguments": '{"path": "/home'}
    delta = {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function}]}
    streams = mode == "messages"
    sandbox.reply(sse(delta, reason="length") if streams else whole(delta, "length"))
    agent = create_agent(chat(output_version=version), tools=[delete])
    list(agent.stream(question_state("Delete /old"), stream_mode=mode))

    assert len(sandbox.requests) == 1
    assert sandbox.last.body.get("stream", False) is streams
    assert deleted == []
