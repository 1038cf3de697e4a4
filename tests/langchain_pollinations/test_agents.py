"""Agents, tool nodes and graphs run on the model."""

from collections.abc import Callable
from typing import Any

import pytest
from chats import echo
from langchain.agents import create_agent
from langchain.agents.middleware import (
    ModelRetryMiddleware,
    SummarizationMiddleware,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from spelling import called, sse
from ways import Person

from langchain_pollinations import ChatPollinations, PaymentRequiredError, ServerError
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


def question_state(text: str) -> Any:
    """The state that an agent begins with."""
    return {"messages": [HumanMessage(text)]}


@pytest.mark.parametrize(
    "strategy",
    [
        ToolStrategy(Person),
        ProviderStrategy(Person),
        ProviderStrategy(Person, strict=True),
        Person,
    ],
)
@pytest.mark.parametrize(
    "name",
    ["openai", "gemini", "gemini-3-flash", "google/gemini-3.1-pro-preview", "claude-sonnet-4.5"],
)
@pytest.mark.parametrize("tools", [[], [weather]], ids=["no tools", "a tool"])
def test_an_agent_answers_with_data(chat: Chat, name: str, strategy: Any, tools: list[Any]) -> None:
    """By each strategy, and by the one that LangChain chooses for a model's name."""
    agent: Any = create_agent(chat(model=name), tools, response_format=strategy)
    answer = agent.invoke(question_state("Ada is 36 years old."))
    assert isinstance(answer["structured_response"], Person)


@pytest.mark.parametrize(
    ("fault", "error", "requests"),
    [
        (Fault.status(503, times=2), ServerError, 2),
        (Fault.refusal("balance", times=2), PaymentRequiredError, 1),
    ],
    ids=["overloaded", "no pollen"],
)
def test_middleware_retries_what_may_pass(
    chat: Chat, sandbox: Sandbox, fault: Any, error: type[Exception], requests: int
) -> None:
    """It reads from our errors whether they may."""
    sandbox.fail(fault)
    retries = ModelRetryMiddleware(max_retries=1, initial_delay=0.0, on_failure="error")
    agent = create_agent(chat(max_retries=0), middleware=[retries])
    with pytest.raises(error):
        agent.invoke(question_state("Hi"))
    assert len(sandbox.requests) == requests


def test_long_conversations_are_summarized(chat: Chat) -> None:
    """A fraction of the context is known from the profile."""
    model = chat(model="gemini", profile={"max_input_tokens": 200})
    middleware = SummarizationMiddleware(model, trigger=("fraction", 0.5), keep=("messages", 1))
    agent = create_agent(model, middleware=[middleware])
    history = [HumanMessage("word " * 150), AIMessage("yes"), HumanMessage("Say only: hello")]
    messages = agent.invoke({"messages": history})["messages"]
    assert messages[-1].text == echo("Say only: hello")
    assert "summary" in messages[0].text.lower()


def test_no_tool_runs_with_half_its_arguments(chat: Chat, sandbox: Sandbox) -> None:
    """Nor where answers are standard content blocks."""
    sandbox.reply(sse(called("weather", '{"city": "Rom'), reason="length"))
    agent = create_agent(chat(output_version="v1", streaming=True), [weather])
    messages = agent.invoke(question_state("What is the weather in Rome?"))["messages"]

    assert [message.type for message in messages] == ["human", "ai"]
