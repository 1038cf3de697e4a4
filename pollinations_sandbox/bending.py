"""Faults of a connection: how a reply looks that breaks, stalls, or ends too early."""

from collections.abc import Iterable, Sequence

from pollinations_sandbox.errors import Api
from pollinations_sandbox.faults import Cut, Effect, Event, Reset, Slow, Stall
from pollinations_sandbox.framing import DONE, dumps, plain
from pollinations_sandbox.response import Break, Pause, Response, Step


def bend(effect: Effect | None, reply: Response, *, api: Api) -> Response:
    """The reply as a fault of the connection leaves it."""
    match effect:
        case Slow(pause):
            slowed: list[Step] = [part for step in reply.steps for part in (Pause(pause), step)]
            return reply.but(slowed, sized=reply.sized)
        case Event(payload, after):
            text = dumps(dict(payload))
            if reply.sized:
                return reply.but([text.encode()], sized=True)
            end = plain([text, DONE] if api == "2026-10" else [text])
            return reply.but([*reply.steps[:after], *end])
        case Cut(after) | Reset(after) | Stall(after):
            begun, rest = _parted(reply, after)
            return reply.but([*begun, *_end(effect, rest)])
        case _:
            return reply


def _end(effect: Cut | Reset | Stall, rest: Iterable[Step]) -> list[Step]:
    match effect:
        case Cut():
            return []
        case Reset():
            return [Break()]
        case Stall(seconds=seconds):
            return [Pause(seconds), *rest]


def _parted(reply: Response, after: int) -> tuple[Sequence[Step], Sequence[Step]]:
    """A stream after so many events, a body in its middle."""
    if not reply.sized:
        return reply.steps[:after], reply.steps[after:]
    body = b"".join(step for step in reply.steps if isinstance(step, bytes))
    middle = len(body) // 2
    return [body[:middle]], [body[middle:]]
