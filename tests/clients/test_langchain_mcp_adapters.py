"""Tools of an MCP server in LangChain."""

import sys
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Recorded, Reply, Sandbox

SERVER = Path(__file__).with_name("mcp_server.py")


async def test_an_agent_calls_an_mcp_tool(
    sandbox: Sandbox, chat: ChatPollinations, tmp_path: Path
) -> None:
    """An agent calls a tool with a dot in its name; the server, a process on stdio, does it."""
    file = tmp_path / "note.txt"
    settings: Any = {
        "notes": {
            "transport": "stdio",
            "command": sys.executable,
            "args": [str(SERVER), str(file)],
        }
    }

    def calls(request: Recorded) -> Reply:
        """Call both tools, by the names that travel."""
        add, read = (tool["function"]["name"] for tool in request.body["tools"])
        if request.body["messages"][-1]["role"] == "user":
            return Reply(tool_calls=[(add, {"text": "Bees hum.", "tags": ["zoo"]})])
        return Reply(tool_calls=[(read, {})])

    sandbox.on(calls, times=2)
    sandbox.reply("Done.")
    tools = await MultiServerMCPClient(settings).get_tools()
    state = await create_agent(chat, tools).ainvoke({"messages": [("user", "Keep a note.")]})

    assert [tool.name for tool in tools] == ["notes.add", "read"]
    assert [m.name for m in state["messages"] if m.type == "tool"] == ["notes.add", "read"]
    assert file.read_text("utf-8") == "Bees hum. zoo"
    assert state["messages"][-2].text == "Bees hum. zoo"
