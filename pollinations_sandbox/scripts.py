"""Which scripted reply answers which request, and what is wrong at the end of a test."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Final

from pydantic import Field
from pydantic.dataclasses import dataclass as checked

from pollinations_sandbox.recorded import Recorded
from pollinations_sandbox.reply import Parts, Reply, short

Match = str | re.Pattern[str] | Callable[[Recorded], object]
_OPTIONS: Final = ("times", "model", "match", *Parts.__annotations__)

Answerer = Callable[[Recorded], str | bytes | Reply | None]


@checked(slots=True, eq=False)
class Script:
    """Replies that wait for requests.

    Attributes:
        replies: One for each request, in this order; each may be a function of the request.
        times: How many times all of them are given; None means for ever.
        model: Only requests for this model.
        match: Only requests whose prompt contains this text or pattern, or that pass this test.
        used: How many were given.
    """

    replies: tuple[Reply | Answerer, ...]
    times: Annotated[int, Field(ge=1)] | None = 1
    model: str | None = None
    match: Match | None = None
    used: int = 0

    @property
    def total(self) -> int | None:
        """How many requests it answers in all; None means any number."""
        return None if self.times is None else self.times * len(self.replies)

    @property
    def next(self) -> Reply | Answerer:
        """What answers the next request."""
        return self.replies[self.used % len(self.replies)]

    @property
    def waits(self) -> bool:
        """Whether it still has a reply to give."""
        return self.total is None or self.used < self.total

    def mismatch(self, record: Recorded, names: Sequence[str]) -> str | None:
        """Why it does not answer a request for a model of these names; None if it does."""
        if not self.waits:
            return f"used up ({self.used} of {self.total})"
        if self.model is not None and self.model not in names:
            return f"the request names model {names[0]!r}"
        if self.match is not None and not _matches(self.match, record):
            return "the prompt does not match" if not callable(self.match) else "match= is false"
        return self.next.unfit(record.path) if isinstance(self.next, Reply) else None

    def take(self, record: Recorded) -> Reply | None:
        """The next reply; None when the function has none for this request."""
        answer = self.next if isinstance(self.next, Reply) else self.next(record)
        reply = Reply(answer) if isinstance(answer, str | bytes) else answer
        self.used += reply is not None
        return reply

    def __str__(self) -> str:
        first = self.replies[0]
        listed = ", ".join(repr(reply).removeprefix("Reply") for reply in self.replies)
        call = f"reply{listed}" if len(self.replies) == 1 else f"reply([{listed}])"
        if not isinstance(first, Reply):
            call = f"on({getattr(first, '__name__', first)})"
        limits = {"times": self.times, "model": self.model, "match": self.match}
        shown = [f"{name}={value!r}" for name, value in limits.items() if value not in (None, 1)]
        return " ".join([call, *shown])


@dataclass(slots=True)
class Scripts:
    """The scripts of one sandbox, and what went wrong with them.

    Those with a number of times come before those for ever; of each, the oldest is first.
    """

    all: list[Script] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, script: Script) -> None:
        """Let a script wait behind the others of its kind."""
        self.all.append(script)
        self.all.sort(key=lambda one: one.times is None)

    def waits(self, record: Recorded, names: Sequence[str]) -> bool:
        """Whether a script may have a reply for this request, or fails to say so."""
        try:
            return any(script.mismatch(record, names) is None for script in list(self.all))
        except Exception:  # noqa: BLE001 - the test's own function; `take` raises it
            return True

    def take(self, record: Recorded, names: Sequence[str]) -> Reply | None:
        """The reply for this request, if a script has one; it is counted.

        Raises:
            Exception: What a function raised; `check()` names it too.
        """
        for script in list(self.all):
            try:
                if script.mismatch(record, names) is None and (reply := script.take(record)):
                    return reply
            except Exception as error:
                self.problems.append(f"{script} raised {error!r} for {_line(record)}")
                raise
        return None

    def unmatched(self, record: Recorded, names: Sequence[str]) -> str:
        """Say that nothing matched this request, and why each script did not."""
        tried = [f"    {one}: {one.mismatch(record, names) or 'no reply'}" for one in self.all]
        head = f"no script matched {_line(record)}; add a reply for it:"
        text = "\n".join([head, *(tried or ["    there are no scripts"])])
        self.problems.append(text)
        return text

    def complaint(self, requests: Sequence[Recorded]) -> str | None:
        """What is wrong after a test: problems, and scripts that were not used up."""
        unused = [
            f"not used up ({script.used} of {script.total}): {script}"
            for script in self.all
            if script.total is not None and script.waits
        ]
        problems = [*self.problems, *unused]
        if not problems:
            return None
        listed = [f"    {at}. {_line(one)} -> {one.status}" for at, one in enumerate(requests, 1)]
        head = "the requests were:" if listed else "there were no requests"
        return "\n".join(["sandbox:", *(f"  {line}" for line in problems), f"  {head}", *listed])


def replies_of(
    content: str | bytes | Reply | Sequence[str | bytes | Reply], parts: Parts
) -> tuple[Reply, ...]:
    """What `Sandbox.reply` was given as replies: one, or those of a conversation."""
    for name in parts.keys() - _OPTIONS:
        nearest = get_close_matches(name, _OPTIONS, 1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"it takes {', '.join(_OPTIONS)}."
        raise TypeError(f"reply() takes no {name!r}; {hint}")
    if isinstance(content, str | bytes):
        return (Reply(content, **parts),)
    listed = [content] if isinstance(content, Reply) else content
    if not isinstance(listed, list | tuple):
        raise TypeError(
            "reply() takes a text, bytes, a Reply, or a list of them, "
            f"not {short(repr(content))}; for a value as JSON use reply(json=...)."
        )
    pieces = [one for one in listed if isinstance(one, bytes)]
    if len(pieces) == len(listed):
        return (Reply(pieces, **parts),)
    if pieces or parts:
        raise TypeError(
            "A list is either the pieces of one body (bytes) or a conversation of str and Reply. "
            "In a conversation, bytes and keyword arguments belong in a Reply: Reply(b'...')."
        )
    return tuple(one if isinstance(one, Reply) else Reply(one) for one in listed)


def _matches(match: Match, record: Recorded) -> bool:
    if isinstance(match, str):
        return match in record.prompt
    if isinstance(match, re.Pattern):
        return match.search(record.prompt) is not None
    return bool(match(record))


def _line(record: Recorded) -> str:
    model = f" model={record.model!r}" if record.model else ""
    return f"{record.method} {short(record.path)}{model} prompt={short(repr(record.prompt))}"
