"""The methods of the language model that ask for an object."""

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from typing import Any

from llama_index.core.instrumentation import (  # type: ignore[attr-defined] # its own modules import it from there
    get_dispatcher,
)
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.program.utils import FlexibleModel
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import PydanticProgramMode

from _pollinations.fields import ChatFields
from _pollinations.http.errors import InvalidInputError
from llama_index_pollinations.structured_output import Extraction, Mode, ModelT

_dispatcher = get_dispatcher(__name__)

_PROGRAM_MODES: dict[PydanticProgramMode, Mode] = {
    PydanticProgramMode.FUNCTION: "tool",
    PydanticProgramMode.LLM: "prompt",
}


class StructuredPrediction(ChatFields, FunctionCallingLLM):
    """What `Pollinations` does beside chat: objects, whole and in pieces."""

    strict: bool = False
    """Whether the arguments of tools must follow their schema exactly."""
    structured_output_mode: Mode = "auto"
    """How to ask for objects: "auto" tries json_schema, then a tool, then the prompt."""

    def structured_predict(
        self,
        output_cls: type[ModelT],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> ModelT:
        """Return an object of a pydantic class that the model fills.

        Args:
            output_cls: The class.
            prompt: The prompt; `system_prompt` is put before it.
            llm_kwargs: Options of the call.
            **prompt_args: The variables of the prompt.

        Returns:
            The object.

        Raises:
            StructuredOutputError: The answer is no such object; `text` is what the model wrote.
            PollinationsError: Any other failure.
        """
        extraction = self._extraction(output_cls, prompt, llm_kwargs, prompt_args)
        _dispatcher.event(
            LLMStructuredPredictStartEvent(
                output_cls=output_cls, template=prompt, template_args=prompt_args
            )
        )
        result = None
        while result is None:
            result = extraction.read(self.chat(**extraction.request))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    async def astructured_predict(
        self,
        output_cls: type[ModelT],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> ModelT:
        """Return an object; see `structured_predict`."""
        extraction = self._extraction(output_cls, prompt, llm_kwargs, prompt_args)
        _dispatcher.event(
            LLMStructuredPredictStartEvent(
                output_cls=output_cls, template=prompt, template_args=prompt_args
            )
        )
        result = None
        while result is None:
            result = extraction.read(await self.achat(**extraction.request))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    def _structured_stream_call(
        self,
        output_cls: type[ModelT],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[ModelT | FlexibleModel, None, None]:
        extraction = self._extraction(output_cls, prompt, llm_kwargs, prompt_args)
        whole = None
        while whole is None:
            for response in self.stream_chat(**extraction.request):
                result = extraction.partial(response)
                if result is not None:
                    yield result
            whole = extraction.read(response)
        if whole != extraction.last:
            yield whole

    async def _structured_astream_call(
        self,
        output_cls: type[ModelT],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[ModelT | FlexibleModel, None]:
        return self._objects(self._extraction(output_cls, prompt, llm_kwargs, prompt_args))

    async def _objects(
        self, extraction: Extraction[ModelT]
    ) -> AsyncGenerator[ModelT | FlexibleModel, None]:
        whole = None
        while whole is None:
            async with aclosing(await self.astream_chat(**extraction.request)) as responses:
                async for response in responses:
                    result = extraction.partial(response)
                    if result is not None:
                        yield result
            whole = extraction.read(response)
        if whole != extraction.last:
            yield whole

    def _extraction(
        self,
        output_cls: type[ModelT],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None,
        prompt_args: dict[str, Any],
    ) -> Extraction[ModelT]:
        """Prepare the request for an object.

        Raises:
            InvalidInputError: `pydantic_program_mode` names a program for other models.
        """
        program, mode = self.pydantic_program_mode, self.structured_output_mode
        if program != PydanticProgramMode.DEFAULT:
            if program not in _PROGRAM_MODES:
                raise InvalidInputError(
                    f"pydantic_program_mode={program.value!r} is for models of another package. "
                    "Leave it out, and choose by structured_output_mode."
                )
            mode = _PROGRAM_MODES[program]
        return Extraction(
            output_cls,
            self._extend_messages(prompt.format_messages(llm=self, **prompt_args)),
            mode=mode,
            strict=self.strict,
            options=llm_kwargs or {},
            larger=self.escalate_to,
        )
