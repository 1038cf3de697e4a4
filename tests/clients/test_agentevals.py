"""Agentevals: a judge of what an agent did."""

from agentevals.trajectory.llm import (
    TRAJECTORY_ACCURACY_PROMPT,
    create_trajectory_llm_as_judge,
)
from langchain.agents import create_agent

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


def test_a_judge_reads_what_an_agent_did(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """The messages of an agent, with its tool calls, are judged and get a score."""
    sandbox.reply([Reply(tool_calls=[("weather", {"city": "Rome"})]), "Rain."])
    sandbox.reply(json={"reasoning": "It called the tool.", "score": True})
    done = create_agent(chat, [weather]).invoke({"messages": [("user", "Rome?")]})
    judge = create_trajectory_llm_as_judge(prompt=TRAJECTORY_ACCURACY_PROMPT, judge=chat)
    result = judge(outputs=done["messages"])

    assert result["score"] is True
    assert "It rains in Rome." in str(sandbox.last.body["messages"])
