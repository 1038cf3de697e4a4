"""LangGraph with checkpoints in SQLite."""

from pathlib import Path
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, interrupt

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox

ASKED: Any = {"messages": [("user", "Send 5 jars.")]}
CALL = Reply(tool_calls=[("send", {"jars": 5})], reasoning="Ask first.")


@tool
def send(jars: int) -> str:
    """Send jars of honey."""
    return f"{jars} jars sent to {interrupt('To whom?')}"


def graph(chat: ChatPollinations, saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any]:
    """A hand-written graph: model, tools, model."""
    model = chat.bind_tools([send])
    builder = StateGraph(MessagesState)
    builder.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    builder.add_node("tools", ToolNode([send]))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", tools_condition)
    builder.add_edge("tools", "model")
    return builder.compile(saver)


def test_a_thread_goes_on_from_disk(
    sandbox: Sandbox, chat: ChatPollinations, tmp_path: Path
) -> None:
    """A tool interrupts its thread; another graph on the same file resumes it where it stood."""
    sandbox.reply([CALL, "Done.", "5 jars."])
    file = str(tmp_path / "threads.sqlite")
    config: Any = {"configurable": {"thread_id": "1"}}
    with SqliteSaver.from_conn_string(file) as saver:
        stopped = graph(chat, saver).invoke(ASKED, config)
    with SqliteSaver.from_conn_string(file) as saver:
        graph(chat, saver).invoke(Command(resume="Ann"), config)
    with SqliteSaver.from_conn_string(file) as saver:
        state = graph(chat, saver).invoke({"messages": [("user", "How many?")]}, config)

    kinds = [message.type for message in state["messages"]]
    assert stopped["__interrupt__"][0].value == "To whom?"
    assert state["messages"][2].text == "5 jars sent to Ann"
    assert kinds == ["human", "ai", "tool", "ai", "human", "ai"]


async def test_streamed_messages_are_kept(
    sandbox: Sandbox, chat: ChatPollinations, tmp_path: Path
) -> None:
    """Tokens stream out of a graph while the whole messages are kept in the file."""
    sandbox.reply([Reply(tool_calls=[("send", {"jars": 2})]), "Two jars are on their way."])
    config: Any = {"configurable": {"thread_id": "1"}}
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "threads.sqlite")) as saver:
        running = graph(chat, saver)
        [_ async for _ in running.astream(ASKED, config)]
        parts = running.astream(Command(resume="Bo"), config, stream_mode="messages")
        pieces = [part async for part, _ in parts if not isinstance(part, ToolMessage)]
        kept = (await running.aget_state(config)).values["messages"]

    assert len(pieces) > 2
    assert "".join(piece.text for piece in pieces) == "Two jars are on their way."
    assert kept[-2].text == "2 jars sent to Bo"
    assert kept[-1].text == "Two jars are on their way."
