"""A supervisor that hands work to other agents."""

from typing import Any

from langchain.agents import create_agent
from langgraph_supervisor import create_supervisor

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def test_a_supervisor_delegates(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """The supervisor hands over by a tool call, the agent calls its tool, the supervisor ends."""
    agent = create_agent(chat, [add], name="math", system_prompt="You add.")
    writer = create_agent(chat, [], name="writer", system_prompt="You write.")
    sandbox.reply(
        [
            Reply(tool_calls=[("transfer_to_math", {})]),
            Reply(tool_calls=[("add", {"a": 3, "b": 4})]),
            "It is 7.",
            "The sum is 7.",
        ]
    )
    team = create_supervisor([agent, writer], model=chat, prompt="You lead.").compile()
    asked: Any = {"messages": [("user", "What is 3 + 4?")]}
    messages = team.invoke(asked)["messages"]

    said = [(message.name, message.text) for message in messages if message.type == "ai"]
    assert sandbox.requests[2].body["messages"][-1]["content"] == "7"
    assert ("math", "It is 7.") in said
    assert said[-1] == ("supervisor", "The sum is 7.")
