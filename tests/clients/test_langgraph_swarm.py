"""A swarm: agents that hand a conversation to each other."""

from typing import Any

from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_swarm import create_handoff_tool, create_swarm

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox


async def test_an_agent_hands_over(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """Ann hands over to Bo, who answers this turn and the next one of the thread."""
    ann = create_agent(
        chat, [create_handoff_tool(agent_name="Bo")], name="Ann", system_prompt="You are Ann."
    )
    bo = create_agent(
        chat, [create_handoff_tool(agent_name="Ann")], name="Bo", system_prompt="You are Bo."
    )
    swarm = create_swarm([ann, bo], default_active_agent="Ann").compile(InMemorySaver())
    sandbox.reply([Reply(tool_calls=[("transfer_to_bo", {})]), "Ahoy.", "Still Bo."])
    config: Any = {"configurable": {"thread_id": "1"}}
    ask: Any = {"messages": [("user", "I want to talk to Bo.")]}
    first = await swarm.ainvoke(ask, config)
    second = await swarm.ainvoke(ask, config)

    assert first["active_agent"] == "Bo"
    assert [first["messages"][-1].name, second["messages"][-1].text] == ["Bo", "Still Bo."]
    assert "You are Bo." in str(sandbox.last.body["messages"][0])
