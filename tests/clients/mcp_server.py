"""An MCP server on stdio with two tools: `python mcp_server.py FILE` keeps notes in FILE."""

import sys
from pathlib import Path

from mcp.server.fastmcp import FastMCP

FILE = Path(sys.argv[1])
server = FastMCP("notes", log_level="ERROR")


@server.tool(name="notes.add")
def add(text: str, tags: list[str] | None = None) -> str:
    """Keep a note."""
    FILE.write_text(" ".join([text, *(tags or ())]), "utf-8")
    return f"kept {len(text)} characters"


@server.tool()
def read() -> str:
    """Read the note."""
    return FILE.read_text("utf-8")


if __name__ == "__main__":
    server.run()
