"""Blocking calls in parallel: more at once than LangChain's default of CPU cores + 4."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from pydantic import Field


class BatchingChatModel(BaseChatModel):
    """A chat model whose `batch` makes many calls at the same time."""

    max_concurrency: int = Field(default=64, ge=1)
    """How many calls `batch` and `batch_as_completed` make at the same time, unless the config sets
    `max_concurrency`. With a rate limiter, each of them waits for its turn."""

    def batch(
        self,
        inputs: list[LanguageModelInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[AIMessage]:
        """Call the model for each input, in threads; see `Runnable.batch` of LangChain.

        Args:
            inputs: Prompts.
            config: One for all, or one for each. `max_concurrency` of the first one takes
                precedence over the field.
            return_exceptions: Whether errors are returned in place of answers.
            **kwargs: As for `invoke`.

        Returns:
            The answers, in the order of the inputs.

        Raises:
            PollinationsError: The first error in the order of the inputs, unless they are returned.
        """
        bounded = cast("list[RunnableConfig]", self._bounded(config))  # a list if it was one
        return super().batch(inputs, bounded, return_exceptions=return_exceptions, **kwargs)

    def batch_as_completed(
        self,
        inputs: Sequence[LanguageModelInput],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        **kwargs: Any,
    ) -> Iterator[tuple[int, Any]]:
        """Call the model for each input, and yield (index, answer) as answers come; see `batch`."""
        return super().batch_as_completed(inputs, self._bounded(config), **kwargs)

    def _bounded(
        self, config: RunnableConfig | Sequence[RunnableConfig] | None
    ) -> RunnableConfig | Sequence[RunnableConfig]:
        """The config, or each of several, with the field as its default."""
        if isinstance(config, Sequence):
            return [self._with_default(each) for each in config]
        return self._with_default(config)

    def _with_default(self, config: RunnableConfig | None) -> RunnableConfig:
        return {"max_concurrency": self.max_concurrency, **(config or {})}
