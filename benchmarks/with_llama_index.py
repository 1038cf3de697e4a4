"""LlamaIndex's models: ours, others', and one without any I/O."""

import importlib
from collections.abc import AsyncIterator, Iterator

from contender import KEY, PROMPT, Contender
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    ImageBlock,
    LLMMetadata,
    TextBlock,
)
from llama_index.core.llms import LLM, CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM

MESSAGES = [ChatMessage(role="user", content=PROMPT)]


class Model(Contender[LLM]):
    """A model that asks the gateway.

    Args:
        url: The gateway's address.
        path: The class, as `module.Class`.
        address: The name of the option that takes the address.
        options: More options of the class.
    """

    framework = "llama_index.core.llms.function_calling"
    image: ImageBlock | None = None

    def __init__(
        self,
        url: str,
        path: str,
        address: str = "base_url",
        options: dict[str, object] | None = None,
    ) -> None:
        super().__init__(url)
        module, _, name = path.rpartition(".")
        self.imports = f"from {module} import {name}"  # type: ignore[misc] # each class has its own
        self.options = {address: url + "/v1", "api_key": KEY, **(options or {})}
        self.model_class: type[LLM] = getattr(importlib.import_module(module), name)

    def open(self, model: str) -> LLM:
        """Construct the model."""
        return self.model_class(model=model, **self.options)

    def chunks(self, client: LLM) -> Iterator[object]:
        """Go through `stream_chat`."""
        return client.stream_chat(MESSAGES)

    async def achunks(self, client: LLM) -> AsyncIterator[object]:
        """Go through `astream_chat`."""
        async for chunk in await client.astream_chat(MESSAGES):
            yield chunk

    def answer(self, client: LLM) -> object:
        """Go through `chat`."""
        return client.chat(MESSAGES)

    async def aanswer(self, client: LLM) -> object:
        """Go through `achat`."""
        return await client.achat(MESSAGES)

    def see(self, client: LLM, picture: bytes) -> object:
        """Go through `chat` with an image block, which LlamaIndex encodes when it is made."""
        if self.image is None:
            self.image = ImageBlock(image=picture, image_mimetype="image/png")
        blocks = [TextBlock(text=PROMPT), self.image]
        return client.chat([ChatMessage(role="user", blocks=blocks)])

    def read_arguments(self, client: LLM, chunk: object) -> object:
        """Read the tool calls so far, as FunctionAgent does."""
        if not isinstance(client, FunctionCallingLLM) or not isinstance(chunk, ChatResponse):
            raise NotImplementedError
        return client.get_tool_calls_from_response(chunk, error_on_no_tool_call=False)


class Silent(CustomLLM):
    """A model that does no I/O: what LlamaIndex itself costs."""

    model: str

    @property
    def metadata(self) -> LLMMetadata:
        """Nothing special."""
        return LLMMetadata()

    @llm_chat_callback()
    def chat(self, messages: list[ChatMessage], **kwargs: object) -> ChatResponse:
        """Answer at once."""
        del messages, kwargs
        return ChatResponse(message=ChatMessage(role="assistant", content="word"))

    @llm_chat_callback()
    def stream_chat(self, messages: list[ChatMessage], **kwargs: object) -> ChatResponseGen:
        """Answer in as many words as the model's name says."""
        del messages, kwargs
        message = ChatMessage(role="assistant", content="word")
        return (
            ChatResponse(message=message, delta=" word1")
            for _ in range(int(self.model.split("-")[1]))
        )

    @llm_completion_callback()
    def complete(
        self,
        prompt: str,
        formatted: bool = False,
        **kwargs: object,
    ) -> CompletionResponse:
        """Is not asked."""
        raise NotImplementedError

    @llm_completion_callback()
    def stream_complete(
        self,
        prompt: str,
        formatted: bool = False,
        **kwargs: object,
    ) -> CompletionResponseGen:
        """Is not asked."""
        raise NotImplementedError


class Alone(Model):
    """LlamaIndex without a gateway."""

    def __init__(self, url: str) -> None:
        Contender.__init__(self, url)

    def open(self, model: str) -> LLM:
        """Construct the model."""
        if model.partition("-")[0] not in {"text", "json"}:
            raise NotImplementedError
        return Silent(model=model)

    def reuse(self, model: str) -> float:
        """Has no connections."""
        raise NotImplementedError
