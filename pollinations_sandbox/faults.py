"""Faults on demand: what a test orders, and which request it applies to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict, Unpack

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass as checked

from pollinations_sandbox.dialects import DIALECTS
from pollinations_sandbox.errors import Lack, Shape
from pollinations_sandbox.media import placeholders
from pollinations_sandbox.reply import Reply


class When(TypedDict, total=False):
    """Which requests a fault applies to: the arguments that every fault takes."""

    times: int | None
    model: str | None


_Number = Annotated[float, Field(ge=0, strict=True)]
_Count = Annotated[int, Field(ge=0, strict=True)]
_Times = Annotated[int, Field(ge=1, strict=True)]


@checked(frozen=True, slots=True)
class Status:
    """The gateway's error body of a status."""

    status: Annotated[int, Field(ge=100, le=599, strict=True)]
    shape: Shape = "plain"
    retry_after: _Number | None = None


@checked(frozen=True, slots=True)
class Cut:
    """An end in the middle: a clean one, a reset, or silence before the rest."""

    after: _Count
    reset: bool = False
    silence: _Number = 0.0


@checked(frozen=True, slots=True)
class Slow:
    """A pause before each event."""

    pause: _Number


@checked(frozen=True, slots=True)
class Event:
    """An error event in the middle of a stream."""

    payload: dict[str, Any]
    after: _Count


@checked(frozen=True, slots=True)
class Refusal:
    """No pollen for this: status 200 in the 2026-10 API, 402 or 403 in the 2026-01 API."""

    lack: Lack


@checked(frozen=True, slots=True)
class Dialect:
    """The answer spelled in another way."""

    name: Annotated[str, Field(pattern=f"^({'|'.join(sorted(DIALECTS))})$")]


def _advise(effect: object) -> object:
    if isinstance(effect, int):
        raise ValueError(f"use Fault.status({effect})")  # noqa: TRY004 - pydantic reports it
    return effect


Effect = Status | Cut | Slow | Event | Refusal | Dialect | Reply


@checked(frozen=True, slots=True, config={"extra": "forbid"})
class Fault:
    """What goes wrong, how often, and for which model; made by its class methods.

    Each class method also takes `times` and `model`. A wrong value raises ValueError there, before
    any request comes.

    Attributes:
        effect: What happens to a request.
        times: How many requests it applies to; None means all until `Sandbox.clear()`.
        model: Only requests for this model, by the name in the request or by its short name.
        every: One request in so many, the first of each group.
    """

    effect: Annotated[Effect, BeforeValidator(_advise)]
    times: _Times | None = 1
    model: str | None = None
    every: _Times = 1

    @classmethod
    def status(
        cls,
        status: int,
        *,
        shape: Shape = "plain",
        retry_after: float | None = None,
        **when: Unpack[When],
    ) -> "Fault":
        """An error of this status, with `Retry-After` in seconds if `retry_after` is given.

        `shape` chooses the body: the gateway's envelope (`plain`), the publishable key's (`pk`),
        the edge's (`edge`), a provider's error as the API passes it on (`upstream`; the 2026-10 API
        makes 502 of most), the account's limit of one generation at a time (`concurrency`), the
        provider's content filter (`policy`), or too long a prompt (`context`).
        """
        return cls(Status(status, shape, retry_after), **when)

    @classmethod
    def flaky(
        cls,
        status: int = 500,
        *,
        every: int = 2,
        times: int | None = None,
        model: str | None = None,
    ) -> "Fault":
        """One request in `every` fails, beginning with the first; `times` counts the failures."""
        return cls(Status(status), times=times, model=model, every=every)

    @classmethod
    def cut(cls, after: int = 1, **when: Unpack[When]) -> "Fault":
        """A clean end after so many events, without a finish reason; JSON ends in its middle."""
        return cls(Cut(after), **when)

    @classmethod
    def reset(cls, after: int = 1, **when: Unpack[When]) -> "Fault":
        """A connection reset after so many events, or in the middle of the JSON."""
        return cls(Cut(after, reset=True), **when)

    @classmethod
    def stall(cls, after: int = 1, *, seconds: float = 60, **when: Unpack[When]) -> "Fault":
        """Silence of so many seconds after so many events; it ends when the sandbox closes."""
        return cls(Cut(after, silence=seconds), **when)

    @classmethod
    def slow(cls, pause: float, **when: Unpack[When]) -> "Fault":
        """A pause of so many seconds before each event."""
        return cls(Slow(pause), **when)

    @classmethod
    def event(cls, payload: Mapping[str, Any], *, after: int = 1, **when: Unpack[When]) -> "Fault":
        """An event after so many others, and the end; the 2026-10 API still sends `[DONE]`.

        A request that does not stream gets the payload as its body, with status 200.
        """
        return cls(Event(dict(payload), after), **when)

    @classmethod
    def refusal(cls, lack: Lack, **when: Unpack[When]) -> "Fault":
        """The refusal of a key without pollen (`balance`, `budget`, `quest`) or right (`model`)."""
        return cls(Refusal(lack), **when)

    @classmethod
    def html(cls, **when: Unpack[When]) -> "Fault":
        """A page under status 200."""
        page = b"<!DOCTYPE html>\n<html><head><title>Just a moment</title></head></html>\n"
        return cls(Reply(page), **when)

    @classmethod
    def content_policy(cls, **when: Unpack[When]) -> "Fault":
        """422: the provider's content filter refuses the prompt."""
        return cls.status(422, shape="policy", **when)

    @classmethod
    def context_overflow(cls, **when: Unpack[When]) -> "Fault":
        """400: the prompt has more tokens than the model reads."""
        return cls.status(400, shape="context", **when)

    @classmethod
    def placeholder(cls, **when: Unpack[When]) -> "Fault":
        """Status 200 and the picture that stands for a rate limit; needs Pillow."""
        picture = placeholders.picture("Rate limit reached. Please try again later.", "")
        return cls(Reply(picture, content_type="image/jpeg"), **when)

    @classmethod
    def empty(cls, **when: Unpack[When]) -> "Fault":
        """Status 200 and no body."""
        return cls(Reply(b""), **when)

    @classmethod
    def body(
        cls,
        body: bytes | Sequence[bytes],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        pause: float = 0.0,
        **when: Unpack[When],
    ) -> "Fault":
        """These bytes as they are; a list is flushed packet by packet, `pause` seconds apart."""
        reply = Reply(body, status=status, headers=headers or {}, pause=pause)
        if not reply.raw:
            raise TypeError("Fault.body takes bytes; for a text use sandbox.reply('text').")
        return cls(reply, **when)

    @classmethod
    def dialect(cls, name: str, **when: Unpack[When]) -> "Fault":
        """The answer in another spelling; see `dialects.DIALECTS` for the names."""
        return cls(Dialect(name), **when)


@dataclass(slots=True, eq=False)
class Waiting:
    """A fault that waits, with the number of requests that it concerned."""

    fault: Fault
    seen: int = 0


@dataclass(slots=True)
class Faults:
    """The faults that wait; the one ordered first applies first."""

    waiting: list[Waiting] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Let a fault wait behind the others."""
        self.waiting.append(Waiting(fault))

    def concerning(self, names: Sequence[str]) -> list[Waiting]:
        """The faults that wait for a model of these names."""
        return [one for one in list(self.waiting) if one.fault.model in (None, *names)]

    def take(self, names: Sequence[str]) -> Effect | None:
        """What happens to this request, if anything; it is counted."""
        for one in self.concerning(names):
            hits, later = divmod(one.seen, one.fault.every)
            one.seen += 1
            if later:
                continue
            if hits + 1 == one.fault.times and one in self.waiting:
                self.waiting.remove(one)
            return one.fault.effect
        return None
