"""One use of a media tool: the call is sent, and what it made is saved to a file."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from _pollinations.http import progress
from _pollinations.http.call import Call, Fallback
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import (
    AuthenticationError,
    BudgetExceededError,
    PaymentRequiredError,
    PermissionDeniedError,
)
from _pollinations.media.folder import keep, prepare
from _pollinations.media.media import Media
from _pollinations.media.tools import TRANSCRIPTION, MediaTool

T = TypeVar("T")
_log = logging.getLogger(__name__)

ACCOUNT_ERRORS = (
    AuthenticationError,
    BudgetExceededError,
    PaymentRequiredError,
    PermissionDeniedError,
)
"""Errors about the key, the account or the budget: no model can act on them, whatever it writes."""


@dataclass(frozen=True, slots=True)
class Output(Generic[T]):
    """What a tool made.

    Attributes:
        value: Media, or a transcript.
        subject: The first argument: the prompt, the text to speak, the file to transcribe.
        path: The file that holds it; None if there is none.
        note: What else the model reads.
    """

    value: T
    subject: str
    path: Path | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse(Generic[T]):
    """One use of a tool by a model.

    Attributes:
        tool: The tool.
        arguments: What the model wrote; they override the options.
        options: What the user set.
        directory: Where media are saved; None saves none.
        on_progress: Gets the seconds so far, once a second, from a tool that takes minutes.
        note: What else the model reads.
    """

    tool: MediaTool[T]
    arguments: Mapping[str, Any]
    options: Mapping[str, Any]
    directory: str | Path | None = None
    on_progress: progress.Progress | None = None
    note: str = ""

    def run(self, client: Client) -> Output[T]:
        """Carry it out.

        Raises:
            PollinationsError: It failed, or an argument does not fit.
        """
        call = self._call()
        if self.tool.slow:
            return self._finish(progress.send(client, call, self.on_progress))
        return self._finish(client.send(call))

    async def arun(self, client: AsyncClient) -> Output[T]:
        """Carry it out without blocking the event loop; see `run`."""
        call = await asyncio.to_thread(self._call)  # it may read a file
        if self.tool.slow:
            value = await progress.asend(client, call, self.on_progress)
        else:
            value = await client.send(call)
        return await asyncio.to_thread(self._finish, value)

    def _call(self) -> Call[T] | Fallback[Call[T]]:
        if self.directory is not None and self.tool is not TRANSCRIPTION:  # which only reads
            prepare(self.directory)
        return self.tool.call(self.arguments, self.options)

    def _finish(self, value: T) -> Output[T]:
        subject = str(self.arguments[next(iter(self.tool.schema.model_fields))])
        if self.directory is None or not isinstance(value, Media):
            return Output(value, subject, note=self.note)
        try:
            return Output(value, subject, keep(value, self.directory, subject), self.note)
        except OSError as error:  # it is paid for, so that it is returned all the same
            problem = f"It could not be saved to {self.directory}: {error.strerror}."
            _log.warning(problem)
            return Output(value, subject, note=f" {problem}{self.note}")
