"""Tools of an MCP server in LlamaIndex."""

import sys
from pathlib import Path

from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Recorded, Reply, Sandbox

SERVER = Path(__file__).with_name("mcp_server.py")


async def test_an_agent_calls_an_mcp_tool(
    sandbox: Sandbox, llm: Pollinations, tmp_path: Path
) -> None:
    """An agent calls a tool with a dot in its name; the server, a process on stdio, does it."""
    file = tmp_path / "note.txt"

    def calls(request: Recorded) -> Reply:
        """Call both tools, by the names that travel."""
        add, read = (tool["function"]["name"] for tool in request.body["tools"])
        if request.body["messages"][-1]["role"] == "user":
            return Reply(tool_calls=[(add, {"text": "Bees hum.", "tags": ["zoo"]})])
        return Reply(tool_calls=[(read, {})])

    sandbox.on(calls, times=2)
    sandbox.reply("Done.")
    client = BasicMCPClient(sys.executable, args=[str(SERVER), str(file)])
    tools = await McpToolSpec(client).to_tool_list_async()
    run = FunctionAgent(tools=tools, llm=llm).run("Keep a note.")
    done = [event async for event in run.stream_events() if isinstance(event, ToolCallResult)]
    answer = await run

    assert [event.tool_name for event in done] == ["notes.add", "read"]
    assert file.read_text("utf-8") == "Bees hum. zoo"
    assert "Bees hum. zoo" in done[1].tool_output.content
    assert str(answer) == "Done."
