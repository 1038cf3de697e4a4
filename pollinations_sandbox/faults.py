"""Faults on demand: what a test orders, and which request meets it. They know no socket."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pollinations_sandbox.dialects import DIALECTS
from pollinations_sandbox.errors import Lack, Shape
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.studio import pictures


@dataclass(frozen=True, slots=True)
class Status:
    """The gateway's error body of a status."""

    status: int
    shape: Shape = "plain"
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A clean end in the middle."""

    after: int


@dataclass(frozen=True, slots=True)
class Reset:
    """A connection reset in the middle."""

    after: int


@dataclass(frozen=True, slots=True)
class Stall:
    """Silence in the middle."""

    after: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Slow:
    """A pause before each event."""

    pause: float


@dataclass(frozen=True, slots=True)
class Event:
    """An error event in the middle of a stream."""

    payload: Mapping[str, Any]
    after: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """No pollen for this: status 200 in the 2026-10 API, 402 or 403 in the 2026-01 API."""

    lack: Lack


@dataclass(frozen=True, slots=True)
class Dialect:
    """The answer spelled in another way."""

    name: str


Effect = Status | Cut | Reset | Stall | Slow | Event | Refusal | Dialect | Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, how often, and for which model; made by its class methods.

    Attributes:
        effect: What happens to a request that meets the fault.
        times: How many requests meet it; None means all until `Sandbox.clear()`.
        model: Only requests for this model, by the name in the request or by its short name.
        every: One request in so many, the first of each group.
    """

    effect: Effect
    times: int | None = 1
    model: str | None = None
    every: int = 1

    @classmethod
    def status(
        cls,
        status: int,
        *,
        shape: Shape = "plain",
        retry_after: float | None = None,
        times: int | None = 1,
        model: str | None = None,
    ) -> "Fault":
        """An error of this status, with `Retry-After` in seconds if `retry_after` is given.

        `shape` chooses the body: the gateway's envelope (`plain`), the publishable key's (`pk`),
        the edge's (`edge`), a provider's error as the API passes it on (`upstream`; the
        2026-10 API makes 502 of most), the account's limit of one generation at a time
        (`concurrency`), or the provider's content filter (`policy`).
        """
        return cls(Status(status, shape, retry_after), times, model)

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
        return cls(Status(status), times, model, every)

    @classmethod
    def cut(cls, after: int = 1, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """A clean end after so many events, without a finish reason; JSON ends in its middle."""
        return cls(Cut(after), times, model)

    @classmethod
    def reset(cls, after: int = 1, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """A connection reset after so many events, or in the middle of the JSON."""
        return cls(Reset(after), times, model)

    @classmethod
    def stall(
        cls,
        after: int = 1,
        *,
        seconds: float = 60,
        times: int | None = 1,
        model: str | None = None,
    ) -> "Fault":
        """Silence of so many seconds after so many events; it ends when the sandbox closes."""
        return cls(Stall(after, seconds), times, model)

    @classmethod
    def slow(cls, pause: float, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """A pause of so many seconds before each event."""
        return cls(Slow(pause), times, model)

    @classmethod
    def event(
        cls,
        payload: Mapping[str, Any],
        *,
        after: int = 1,
        times: int | None = 1,
        model: str | None = None,
    ) -> "Fault":
        """An event after so many others, and the end; the 2026-10 API still says `[DONE]`.

        A request that does not stream gets the payload as its body, with status 200.
        """
        return cls(Event(payload, after), times, model)

    @classmethod
    def refusal(cls, lack: Lack, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """What a key without pollen (`balance`, `budget`, `quest`) or right (`model`) is told."""
        return cls(Refusal(lack), times, model)

    @classmethod
    def html(cls, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """A page under status 200."""
        page = b"<!DOCTYPE html>\n<html><head><title>Just a moment</title></head></html>\n"
        return cls.body(page, times=times, model=model)

    @classmethod
    def content_policy(cls, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """422: the provider's content filter refuses the prompt."""
        return cls.status(422, shape="policy", times=times, model=model)

    @classmethod
    def placeholder(cls, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """Status 200 and a picture that says that too many were asked for; needs Pillow."""
        return cls.body(
            pictures.placeholder(),
            headers={"Content-Type": "image/jpeg"},
            times=times,
            model=model,
        )

    @classmethod
    def empty(cls, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """Status 200 and no body."""
        return cls.body(b"", times=times, model=model)

    @classmethod
    def body(
        cls,
        body: bytes | Sequence[bytes],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        pause: float = 0.0,
        times: int | None = 1,
        model: str | None = None,
    ) -> "Fault":
        """These bytes as they are; a list is flushed packet by packet, `pause` seconds apart."""
        reply = Reply(body, status=status, headers=headers or {}, pause=pause)
        return cls(reply, times, model)

    @classmethod
    def dialect(cls, name: str, *, times: int | None = 1, model: str | None = None) -> "Fault":
        """The answer in another spelling; see `dialects.DIALECTS` for the names."""
        if name not in DIALECTS:
            raise ValueError(f"no dialect {name!r}; there are {', '.join(sorted(DIALECTS))}")
        return cls(Dialect(name), times, model)


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that waits, with the number of requests that it has seen and hit."""

    fault: Fault
    seen: int = 0
    hit: int = 0

    def meets(self, names: Iterable[str]) -> bool:
        """Whether it concerns a model of these names."""
        return self.fault.model is None or self.fault.model in names

    @property
    def spent(self) -> bool:
        """Whether it has hit as often as ordered."""
        return self.fault.times is not None and self.hit >= self.fault.times


@dataclass(slots=True)
class Faults:
    """The faults that wait; the one ordered first is met first."""

    waiting: list[Armed] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Let a fault wait behind the others."""
        self.waiting.append(Armed(fault))

    def awaited(self, names: Sequence[str]) -> bool:
        """Whether a fault waits for a model of these names."""
        return any(armed.meets(names) for armed in list(self.waiting))

    def take(self, names: Sequence[str]) -> Effect | None:
        """What happens to this request, if anything; it is counted."""
        for armed in list(self.waiting):
            if not armed.meets(names):
                continue
            armed.seen += 1
            if (armed.seen - 1) % armed.fault.every:
                continue
            armed.hit += 1
            if armed.spent and armed in self.waiting:
                self.waiting.remove(armed)
            return armed.fault.effect
        return None
