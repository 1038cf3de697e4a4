"""LangChain's own suites for chat models, against the sandbox."""

import base64
import wave
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import Any

import httpx
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from ways import added

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

PATH = ("langchain_pollinations", "chat_models", "ChatPollinations")


def wav() -> bytes:
    """A tenth of a second of silence."""
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8_000, 800, "NONE", ""))
        sound.writeframes(bytes(1_600))
    return file.getvalue()


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/58BAwAI/AL+p5qgoAAAAABJRU5Er"
    "kJggg=="
)
ALWAYS: Any = True
DETAILS = ["audio_input", "audio_output", "reasoning_output"]
DETAILS += ["cache_read_input", "cache_creation_input"]
FILES = {
    ".png": PNG,
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

    # The suite has properties, which say nothing but this.
    supports_json_mode = supports_anthropic_inputs = ALWAYS
    supports_image_inputs = supports_image_urls = supports_image_tool_message = ALWAYS
    supports_pdf_inputs = supports_pdf_tool_message = ALWAYS
    supports_audio_inputs = supports_video_inputs = ALWAYS
    supported_usage_metadata_details: Any = {"invoke": DETAILS, "stream": DETAILS}  # noqa: RUF012 - a constant

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
    def model_override_value(self) -> str:
        return "gemini"

    def ask(self, content: Any, *, stream: bool, **fields: Any) -> AIMessage:
        """Invoke a model with other fields, streaming or not."""
        model: BaseChatModel = ChatPollinations(**{**self.chat_model_params, **fields})
        if not stream:
            return model.invoke([HumanMessage(content)])
        message = added(list(model.stream([HumanMessage(content)])))
        assert isinstance(message, AIMessage)
        return message

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
