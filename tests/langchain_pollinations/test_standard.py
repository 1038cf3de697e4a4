"""LangChain's own suites for chat models, against the sandbox."""

import base64
import struct
import zlib
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Literal

import httpx
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

PATH = ("langchain_pollinations", "chat_models", "ChatPollinations")


def png() -> bytes:
    """A picture of 8 x 8 blue points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    rows = zlib.compress(b"".join(b"\x00" + b"\x20\x40\xf0" * 8 for _ in range(8)))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def wav() -> bytes:
    """A tenth of a second of silence."""
    data = bytes(1_600)
    form = struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 16_000, 2, 16)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + form
        + b"data" + struct.pack("<I", len(data)) + data
    )  # fmt: skip


FILES = {
    ".png": png(),
    ".wav": wav(),
    ".pdf": b"%PDF-1.4\n1 0 obj<</Type/Page>>endobj\nBT (Dummy PDF file) Tj ET\n%%EOF\n",
}


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suites download sample files; here they get them without a network."""

    def get(url: str, **_: Any) -> httpx.Response:
        return httpx.Response(200, content=FILES[url[url.rindex(".") :]])

    monkeypatch.setattr(httpx, "get", get)
    monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "nothing is asked of anybody")


@pytest.fixture(autouse=True)
def _own_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Langchain-core loads classes of other packages only if they are in its table."""
    load = import_module("langchain_core.load.load")
    known = {**load.ALL_SERIALIZABLE_MAPPINGS, PATH: PATH}
    monkeypatch.setattr(load, "ALL_SERIALIZABLE_MAPPINGS", known)
    load._default_class_paths_cache.clear()


class TestUnit(ChatModelUnitTests):
    """The unit suite: constructor, environment, binding, serialization."""

    @property
    def chat_model_class(self) -> type[ChatPollinations]:
        return ChatPollinations

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "openai", "base_url": "http://127.0.0.1:9"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {
                "POLLINATIONS_API_KEY": "sk_env",
                "POLLINATIONS_BASE_URL": "https://proxy.example.org/v1",
            },
            {"model": "openai"},
            {
                "pollinations_api_key": "sk_env",
                "pollinations_api_base": "https://proxy.example.org/v1",
            },
        )


class Integration(ChatModelIntegrationTests):
    """The integration suite with every capability that its flags know."""

    fields: dict[str, Any] = {}  # noqa: RUF012 - a constant of each suite
    gateway: Sandbox

    @property
    def chat_model_class(self) -> type[ChatPollinations]:
        return ChatPollinations

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "model": "openai",
            "base_url": self.gateway.base_url,
            "api_key": self.gateway.api_key,
            **self.fields,
        }

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_pdf_inputs(self) -> bool:
        return True

    @property
    def supports_audio_inputs(self) -> bool:
        return True

    @property
    def supports_video_inputs(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_pdf_tool_message(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "gemini"

    @property
    def supported_usage_metadata_details(
        self,
    ) -> dict[
        Literal["invoke", "stream"],
        list[
            Literal[
                "audio_input",
                "audio_output",
                "reasoning_output",
                "cache_read_input",
                "cache_creation_input",
            ]
        ],
    ]:
        return {
            "invoke": [
                "audio_input",
                "audio_output",
                "reasoning_output",
                "cache_read_input",
                "cache_creation_input",
            ],
            "stream": [
                "audio_input",
                "audio_output",
                "reasoning_output",
                "cache_read_input",
                "cache_creation_input",
            ],
        }

    def ask(self, content: Any, *, stream: bool, **fields: Any) -> AIMessage:
        """Invoke a model with other fields, streaming or not."""
        model: BaseChatModel = ChatPollinations(**{**self.chat_model_params, **fields})
        if not stream:
            return model.invoke([HumanMessage(content)])
        merged: Any = None
        for chunk in model.stream([HumanMessage(content)]):
            merged = chunk if merged is None else merged + chunk
        assert isinstance(merged, AIMessage)
        return merged

    def invoke_with_audio_input(self, *, stream: bool = False) -> AIMessage:
        sound = {
            "type": "audio",
            "base64": base64.b64encode(wav()).decode(),
            "mime_type": "audio/wav",
        }
        return self.ask(["What do you hear?", sound], stream=stream, model="openai-audio")

    def invoke_with_audio_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask(
            "Say hello.",
            stream=stream,
            model="openai-audio",
            modalities=["text", "audio"],
            audio={"voice": "alloy", "format": "pcm16"},
        )

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask("Why is the sky blue?", stream=stream, model="deepseek")

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        return self.ask("The sky is blue. " * 400, stream=stream, model="openai")

    def invoke_with_cache_creation_input(self, *, stream: bool = False) -> AIMessage:
        text = {
            "type": "text",
            "text": "The sky is blue. " * 400,
            "cache_control": {"type": "ephemeral"},
        }
        return self.ask([text], stream=stream, model="claude")


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def _gateway(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(api=request.param) as sandbox:
        yield sandbox


class TestIntegration(Integration):
    """The answers are messages of the classic form; the gateway of both APIs."""

    @pytest.fixture(autouse=True)
    def _use(self, _gateway: Sandbox) -> None:
        type(self).gateway = _gateway


class TestIntegrationV1(Integration):
    """The answers are standard content blocks."""

    fields = {"output_version": "v1"}  # noqa: RUF012 - a constant of each suite

    @pytest.fixture(autouse=True)
    def _use(self, sandbox: Sandbox) -> None:
        type(self).gateway = sandbox


del Integration
