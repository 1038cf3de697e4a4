"""Faults of a connection: how a response looks that breaks, stalls, or ends too early."""

from dataclasses import replace

from pollinations_sandbox.errors import Api
from pollinations_sandbox.faults import Cut, Effect, Event, Slow
from pollinations_sandbox.framing import DONE, dumps, plain
from pollinations_sandbox.response import Break, Pause, Response, Step


def bend(effect: Effect | None, response: Response, *, api: Api) -> Response:
    """The response as a fault of the connection leaves it."""
    steps = response.steps
    match effect:
        case Slow(pause):
            return replace(
                response, steps=tuple(each for one in steps for each in (Pause(pause), one))
            )
        case Event(payload, after):
            text = dumps(dict(payload))
            if response.sized:
                return replace(response, steps=(text.encode(),))
            end = plain([text, DONE] if api == "2026-10" else [text])
            return replace(response, steps=(*steps[:after], *end))
        case Cut(after, reset, silence):
            begun, rest = _parted(response, after)
            if silence:
                begun = (*begun, Pause(silence), *rest)
            elif reset:
                begun = (*begun, Break())
            return replace(response, steps=begun, sized=False)
        case _:
            return response


def _parted(response: Response, after: int) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """A stream after so many events, a body in its middle."""
    if not response.sized:
        return response.steps[:after], response.steps[after:]
    body = b"".join(step for step in response.steps if isinstance(step, bytes))
    middle = len(body) // 2
    return (body[:middle],), (body[middle:],)
