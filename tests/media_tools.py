"""The media tools of both frameworks under one name, for facts that hold in either."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from llama_index.core.tools.calling import acall_tool, call_tool
from ways import gather

import langchain_pollinations as lc
import llama_index_pollinations as li
from _pollinations.http.errors import PollinationsError
from pollinations_sandbox import Sandbox

# 44 bytes of header and one silent sample.
SOUND = base64.b64decode("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==")
ARGUMENTS: dict[str, dict[str, Any]] = {
    "image": {"prompt": "A bee", "width": 16, "height": 16},
    "video": {"prompt": "A bee"},
    "speech": {"text": "Hello"},
    "transcription": {"path": "sound.wav"},
}
"""What each tool may be called with, if there is such a file."""

LINK = "https://example.com/a.png"
KINDS: dict[str, type[BaseTool]] = {
    "image": lc.PollinationsImageTool,
    "video": lc.PollinationsVideoTool,
    "speech": lc.PollinationsSpeechTool,
    "transcription": lc.PollinationsTranscriptionTool,
}
METHODS = {
    "image": "generate_image",
    "video": "generate_video",
    "speech": "speak",
    "transcription": "transcribe",
}


def reach(sandbox: Sandbox) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}


@dataclass(frozen=True)
class Result:
    """What a tool returned: its line, and the medium's kind, bytes and path."""

    line: str
    raw: Any
    kind: str = ""
    data: bytes = b""
    path: Path | None = None


@dataclass(frozen=True)
class Tools:
    """The tools of one framework in one colour.

    Attributes:
        framework: `langchain` or `llama_index`.
        colour: `sync` or `async`.
    """

    framework: str
    colour: str
    sandbox: Sandbox

    def make(self, kind: str, **fields: Any) -> Any:
        """A tool of LangChain, or LlamaIndex's tools; `model` and `options` belong to the kind."""
        options = fields.pop("options", {})
        if self.framework == "langchain":
            return KINDS[kind](**reach(self.sandbox), **fields, **options)
        if "model" in fields:
            fields[f"{kind}_model"] = fields.pop("model")
        fields[f"{kind}_options"] = {**options, **fields.pop("model_kwargs", {})}
        return li.PollinationsToolSpec(**reach(self.sandbox), **fields)

    def use(self, kind: str, arguments: dict[str, Any], **fields: Any) -> Result:
        """Call a tool as an agent does."""
        tool = self.make(kind, **fields)
        if self.framework == "langchain":
            return of_message(self.invoke(tool, call_of(tool, arguments)))
        prefix = "" if self.colour == "sync" else "a"
        return of_blocks(gather(getattr(tool, prefix + METHODS[kind]), **arguments)[0])

    def line(self, kind: str, arguments: dict[str, Any], **fields: Any) -> str:
        """The text that a model reads, by the tool that an agent calls."""
        if self.framework == "langchain":
            return self.use(kind, arguments, **fields).line
        spec = self.make(kind, **fields)
        tool = next(t for t in spec.to_tool_list() if t.metadata.name == METHODS[kind])
        call = call_tool if self.colour == "sync" else acall_tool
        return str(gather(call, tool, arguments)[0].content)

    def invoke(self, tool: BaseTool, value: Any) -> Any:
        """Invoke a tool of LangChain."""
        return gather(tool.invoke if self.colour == "sync" else tool.ainvoke, value)[0]

    def error(self, kind: str, arguments: dict[str, Any], **fields: Any) -> str:
        """What a failure says to a model: LangChain's as a message, LlamaIndex's when raised."""
        try:
            result = self.use(kind, arguments, **fields)
        except PollinationsError as error:
            return str(error)
        assert result.raw.status == "error"
        return result.line


def call_of(tool: BaseTool, arguments: dict[str, Any]) -> dict[str, Any]:
    """A tool call as an agent of LangChain passes it."""
    return {"name": tool.name, "args": arguments, "id": "call_1", "type": "tool_call"}


def of_message(message: ToolMessage) -> Result:
    block = message.artifact
    if not block or block["type"] == "text-plain":
        return Result(str(message.content), message)
    path = Path(block["extras"]["path"]) if "path" in block["extras"] else None
    data = path.read_bytes() if path else base64.b64decode(block["base64"])
    return Result(str(message.content), message, block["type"], data, path)


def of_blocks(value: Any) -> Result:
    if isinstance(value, str):
        return Result(value, value)
    line, medium = value
    data = getattr(medium, f"resolve_{medium.block_type}")().read()
    return Result(line.text, value, medium.block_type, data, medium.path)
