"""LangChain's chat models: ours, others', and one without any I/O."""

import base64
import importlib
from collections.abc import AsyncIterator, Iterator

from contender import KEY, PROMPT, Contender
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool


@tool
def weather(city: str, *, celsius: bool = True) -> str:
    """Tell the weather.

    Args:
        city: Where.
        celsius: Whether in degrees Celsius.
    """
    return f"{city}: {20 if celsius else 68}"


class ChatModel(Contender[BaseChatModel]):
    """A chat model that asks the gateway.

    Args:
        url: The gateway's address.
        path: The class, as `module.Class`.
        base: What stands between the address and `/chat/completions`.
    """

    framework = "langchain_core.language_models.chat_models"

    def __init__(self, url: str, path: str, base: str = "/v1") -> None:
        super().__init__(url)
        module, _, name = path.rpartition(".")
        self.imports = f"from {module} import {name}"  # type: ignore[misc] # each class has its own
        self.base = base
        self.model_class: type[BaseChatModel] = getattr(importlib.import_module(module), name)

    def open(self, model: str) -> BaseChatModel:
        """Construct the model."""
        return self.model_class(model=model, base_url=self.url + self.base, api_key=KEY)

    def chunks(self, client: BaseChatModel) -> Iterator[object]:
        """Go through `stream`."""
        return client.stream(PROMPT)

    def achunks(self, client: BaseChatModel) -> AsyncIterator[object]:
        """Go through `astream`."""
        return client.astream(PROMPT)

    def answer(self, client: BaseChatModel) -> object:
        """Go through `invoke`."""
        return client.invoke(PROMPT)

    async def aanswer(self, client: BaseChatModel) -> object:
        """Go through `ainvoke`."""
        return await client.ainvoke(PROMPT)

    def see(self, client: BaseChatModel, picture: bytes) -> object:
        """Go through `invoke` with an image block."""
        data = base64.b64encode(picture).decode()
        image = {"type": "image", "base64": data, "mime_type": "image/png"}
        return client.invoke([HumanMessage([{"type": "text", "text": PROMPT}, image])])

    def give_tools(self, client: BaseChatModel) -> object:
        """Go through `bind_tools`."""
        return client.bind_tools([weather])


class Silent(BaseChatModel):
    """A model that does no I/O: what LangChain itself costs."""

    model: str
    built: list[ChatGenerationChunk] | None = None

    @property
    def _llm_type(self) -> str:
        return "silent"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: object,
    ) -> ChatResult:
        del messages, stop, run_manager, kwargs
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content="word"))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: object,
    ) -> Iterator[ChatGenerationChunk]:
        del messages, stop, run_manager, kwargs
        if self.built is not None:
            yield from self.built
            return
        for _ in range(int(self.model.split("-")[1])):
            yield ChatGenerationChunk(message=AIMessageChunk(content=" word1"))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: object,
    ) -> ChatResult:
        del run_manager, kwargs
        return self._generate(messages, stop)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: object,
    ) -> AsyncIterator[ChatGenerationChunk]:
        del run_manager, kwargs
        for chunk in self._stream(messages, stop):
            yield chunk


class Alone(ChatModel):
    """LangChain without a gateway.

    Args:
        url: Not used.
        prebuilt: Whether the chunks of a stream are made before it is asked for.
    """

    def __init__(self, url: str, *, prebuilt: bool) -> None:
        Contender.__init__(self, url)
        self.prebuilt = prebuilt

    def open(self, model: str) -> BaseChatModel:
        """Construct the model."""
        kind, size, *_ = model.split("-")
        if kind not in {"text", "json"}:
            raise NotImplementedError
        chunk = ChatGenerationChunk(message=AIMessageChunk(content=" word1"))
        return Silent(model=model, built=[chunk] * int(size) if self.prebuilt else None)

    def see(self, client: BaseChatModel, picture: bytes) -> object:
        """Has no eyes."""
        raise NotImplementedError

    def reuse(self, model: str) -> float:
        """Has no connections."""
        raise NotImplementedError
