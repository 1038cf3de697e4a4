"""One use of a media tool: the call is sent, and what it made is saved to a file."""

import asyncio
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
        note: A further sentence for the model.
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
        note: A further sentence for the model.
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
            OSError: The file cannot be written.
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
        path = None
        if self.directory is not None and isinstance(value, Media):
            path = keep(value, self.directory, subject)
        return Output(value, subject, path, self.note)
