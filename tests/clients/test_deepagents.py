"""Deep agents: files, subagents, and approval by a person."""

from typing import Any

from deepagents import create_deep_agent

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox

ASKED: Any = {"messages": [("user", "Write down what bees do.")]}
WRITE = Reply(tool_calls=[("write_file", {"file_path": "/bees.md", "content": "They hum."})])


def test_an_agent_without_a_system_prompt_writes_a_file(
    sandbox: Sandbox, chat: ChatPollinations
) -> None:
    """With nothing but a model, an agent writes a file into its state."""
    sandbox.reply([WRITE, "Done."])
    state = create_deep_agent(model=chat).invoke(ASKED)

    assert state["files"]["/bees.md"]["content"] == "They hum."
    assert state["messages"][-1].text == "Done."


async def test_a_subagent_does_a_part(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """A task goes to a subagent with a prompt and a tool of its own, and its answer comes back."""
    counted: list[str] = []

    def count(what: str) -> int:
        """Count things."""
        counted.append(what)
        return 3

    task = {"description": "Count the bees.", "subagent_type": "counter"}
    counter: Any = {
        "name": "counter",
        "description": "Counts.",
        "system_prompt": "You count.",
        "tools": [count],
    }
    sandbox.reply(
        [
            Reply(tool_calls=[("task", task)]),
            Reply(tool_calls=[("count", {"what": "bees"})]),
            "There are 3 bees.",
            "The counter found 3.",
        ]
    )
    agent = create_deep_agent(model=chat, subagents=[counter])
    state = await agent.ainvoke(ASKED)

    assert counted == ["bees"]
    assert state["messages"][-2].text == "There are 3 bees."
    assert "You count." in str(sandbox.requests[1].body["messages"][0])
