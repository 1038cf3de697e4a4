"""Deep agents: files, subagents, and approval by a person."""

from pathlib import Path
from typing import Any

from deepagents import create_deep_agent
from deepagents.backends import FilesystemBackend
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

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


def test_an_agent_edits_files_on_disk(
    sandbox: Sandbox, chat: ChatPollinations, tmp_path: Path
) -> None:
    """On a folder as its backend, an agent writes, reads, edits and greps real files."""
    edit = {"file_path": "/bees.md", "old_string": "hum", "new_string": "dance"}
    steps = [
        WRITE,
        Reply(tool_calls=[("read_file", {"file_path": "/bees.md"})]),
        Reply(tool_calls=[("edit_file", edit), ("ls", {"path": "/"})]),
        Reply(tool_calls=[("grep", {"pattern": "dance"})]),
        "Done.",
    ]
    sandbox.reply(steps)
    backend = FilesystemBackend(root_dir=tmp_path, virtual_mode=True)
    state = create_deep_agent(model=chat, backend=backend).invoke(ASKED)

    assert (tmp_path / "bees.md").read_text() == "They dance."
    assert "/bees.md" in state["messages"][-2].text


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


def test_a_person_approves_a_call(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """The graph stops before the tool; it runs when a person approved it, and not before."""
    sandbox.reply([WRITE, "Done."])
    agent = create_deep_agent(
        model=chat, interrupt_on={"write_file": True}, checkpointer=InMemorySaver()
    )
    config: Any = {"configurable": {"thread_id": "1"}}
    stopped = agent.invoke(ASKED, config)
    ended = agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), config)

    assert stopped["__interrupt__"][0].value["action_requests"][0]["name"] == "write_file"
    assert not stopped.get("files")
    assert ended["files"]["/bees.md"]["content"] == "They hum."
