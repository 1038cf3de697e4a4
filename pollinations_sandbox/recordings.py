"""Recordings: what a real gateway answered, or sample answers, as a file of JSON lines."""

import hashlib
import json
import mimetypes
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import httpx

from pollinations_sandbox.recorded import Recorded, Upload
from pollinations_sandbox.replier.reading import LABELS
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.response import Response, Step
from pollinations_sandbox.scripts import Script, Scripts

Json = dict[str, Any]
Piece = tuple[float, bytes]

_KEPT: Final = ("content-type", "cache-control", "content-disposition", "link", "retry-after")
_KEPT_PREFIXES: Final = ("x-", "pollinations-")
_TEXT: Final = ("text/", "application/json", "image/svg")
_DRAWN: Final = re.compile(
    r"""(?i:\bseed\b["'=: ]{1,3}\d+)"""
    r"|(?<=\bSaved as ).+"
    r"""|(?<![\w/:.])(?:/|[A-Za-z]:[\\/])[^\s"'<>]+"""
)


class Recordings:
    """The answers in a file, each given once in the order of the file, the last again and again.

    A request is recognised by method, path, query and body; the key and `seed` do not count, nor do
    seeds and paths of files in the results of tools. Text and events stand in the lines, other
    bodies in files of a folder beside them.

    A line may be a sample answer, written by hand, in the place of a recording:
    `{"match": "weather", "replies": ["It is sunny."]}`. The replies are given in turn, from the
    first again after the last. Each is a text or the values of a `Reply`; `match` and `model` are
    those of `Sandbox.reply`. A line `{"note": ...}` is a comment.

    Args:
        path: The file.
        pace: What the recorded pauses of a stream are multiplied by: 0 for none, 1 for the same.

    Attributes:
        samples: The sample answers.
        by_hand: Whether a line is a sample answer or a comment, so that not all is recorded.

    Raises:
        OSError: It cannot be read.
        ValueError: There is no file, nothing is in it, or a line is not a recording.
    """

    def __init__(self, path: Path, *, pace: float = 0.0) -> None:
        self._folder = _folder_of(path)
        self._pace = pace
        self._answers: dict[str, list[Json]] = {}
        self.samples = Scripts()
        self.by_hand = False
        text = path.read_text("utf-8") if path.exists() else ""
        if not text.strip():
            raise ValueError(
                f"There are no recordings in {path}. With a key, `pollinations-sandbox record "
                f"{path} -- COMMAND` makes them; for a test, `pytest --pollinations-record` does."
            )
        for number, line in enumerate(text.split("\n"), 1):
            try:
                if line:
                    self._add(json.loads(line))
            except (ValueError, LookupError, TypeError) as error:
                raise ValueError(f"{path}, line {number}, is not a recording: {error!r}") from error

    def _add(self, entry: Json) -> None:
        if "note" in entry or "replies" in entry:
            self.by_hand = True
        else:
            self._answers.setdefault(_identity(entry["request"]), []).append(entry["response"])
        if "replies" in entry:
            self.samples.add(_sample(**entry))

    def find(self, record: Recorded) -> Response | None:
        """The recorded answer to the same request, if there is one."""
        waiting = self._answers.get(_identity(request_of(record)))
        if not waiting:
            return None
        return self._response(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    def nearest(self, record: Recorded) -> str:
        """How the recorded request that is most like this one differs from it."""
        new = dict(_leaves(json.loads(_identity(request_of(record)))))
        differences = []
        for identity in self._answers:
            old = dict(_leaves(json.loads(identity)))
            names = [n for n in {**old, **new} if old.get(n, "-") != new.get(n, "-")]
            differences.append([f"{n}: {old.get(n, '-')} -> {new.get(n, '-')}" for n in names])
        return "the nearest one differs in " + "; ".join(min(differences, key=len)[:6])

    def _response(self, answer: Json) -> Response:
        status, headers = answer["status"], answer["headers"]
        if "events" in answer:
            steps: list[Step] = []
            for seconds, text in answer["events"]:
                pause = [seconds * self._pace] if seconds and self._pace else []
                steps += [*pause, _bytes(text)]
            return Response(tuple(steps), status, headers)
        if "file" in answer:
            body = (self._folder / Path(answer["file"]).name).read_bytes()
        else:
            body = _bytes(answer["body"])
        return Response((body,), status, headers, sized=True)


def kept_headers(answer: httpx.Response) -> dict[str, str]:
    """The headers that matter to clients, names in lower case."""
    headers = answer.headers.items()
    return {n: v for n, v in headers if n in _KEPT or n.startswith(_KEPT_PREFIXES)}


def write(
    path: Path,
    request: Json,
    answer: httpx.Response,
    pieces: Sequence[Piece],
    secrets: Sequence[str],
    *,
    anew: bool,
) -> None:
    """Write an answer to a file, with stars in the place of secrets.

    Args:
        path: The file of JSON lines.
        request: What is recorded of the request.
        answer: The answer, for its status and the headers that matter.
        pieces: Its body as it came, with the seconds of silence before each piece.
        secrets: The keys that must not be in the file, wherever the server repeats them.
        anew: Whether it replaces what is in the file; else it is added.
    """
    response: Json = {"status": answer.status_code, "headers": kept_headers(answer)}
    bodies = _starred([piece for _, piece in pieces], secrets)
    kind = answer.headers.get("content-type", "")
    body = b"".join(bodies)
    if kind.startswith("text/event-stream"):
        seconds = [round(pause, 3) for pause, _ in pieces]
        response["events"] = [[s, _text(one)] for s, one in zip(seconds, bodies, strict=True)]
    elif kind.startswith(_TEXT) or not body:
        response["body"] = _text(body)
    else:
        suffix = mimetypes.guess_extension(kind.partition(";")[0]) or ".bin"
        response["file"] = hashlib.sha256(body).hexdigest()[:16] + suffix
        _folder_of(path).mkdir(exist_ok=True)
        (_folder_of(path) / response["file"]).write_bytes(body)
    line = json.dumps({"request": request, "response": response}).encode()
    with path.open("wb" if anew else "ab") as file:
        file.write(_starred([line], secrets)[0] + b"\n")


def _sample(
    replies: Sequence[str | Json], match: str | None = None, model: str | None = None
) -> Script:
    """A sample answer as a script that never ends."""
    listed = []
    for values in replies:
        parts: Json = {"content": values} if isinstance(values, str) else values
        calls = [tuple(call) for call in parts.get("tool_calls", ())]
        listed.append(Reply(**{**parts, "tool_calls": calls}))
    return Script(tuple(listed), times=None, model=model, match=match)


def request_of(record: Recorded) -> Json:
    """What of a request is recorded: no header, and no key in the query."""
    return {
        "method": record.method,
        "path": record.raw_path,
        "query": {name: value for name, value in record.query.items() if name != "key"},
        "body": _plain(record.body),
    }


def _plain(body: object) -> object:
    """A body as JSON; of bytes and files the hash."""
    if isinstance(body, Upload):
        return {"filename": body.filename, "content": _plain(body.data)}
    if isinstance(body, bytes):
        return {"sha256": hashlib.sha256(body).hexdigest()}
    if isinstance(body, dict):
        return {name: _plain(value) for name, value in body.items()}
    return [_plain(value) for value in body] if isinstance(body, list) else body


def _identity(request: Json) -> str:
    """What of a request counts, as JSON."""
    return json.dumps(_without_drawn(request), sort_keys=True)


def _without_drawn(value: object, *, of_tool: bool = False) -> object:
    """JSON without what may be drawn anew: seeds, and in a tool's result those and paths."""
    if isinstance(value, str):
        return _DRAWN.sub("...", value) if of_tool or value.startswith(LABELS) else value
    if isinstance(value, list):
        return [_without_drawn(one, of_tool=of_tool) for one in value]
    if isinstance(value, dict):
        of_tool = of_tool or value.get("role") == "tool"
        kept = {name: one for name, one in value.items() if name != "seed"}
        return {name: _without_drawn(one, of_tool=of_tool) for name, one in kept.items()}
    return value


def _leaves(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every value inside JSON, with its place, such as `body.messages.0.content`."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, f"{place}.{key}" if place else str(key))
    else:
        yield place, json.dumps(value)[:200]


def _starred(pieces: Sequence[bytes], secrets: Sequence[str]) -> list[bytes]:
    """The same pieces, of the same lengths, with stars in the place of secrets."""
    whole = b"".join(pieces)
    for secret in filter(None, secrets):
        whole = whole.replace(secret.encode(), b"*" * len(secret.encode()))
    ends = accumulate(map(len, pieces))
    return [whole[end - len(piece) : end] for piece, end in zip(pieces, ends, strict=True)]


def _folder_of(path: Path) -> Path:
    return path.with_suffix(".files")


def _text(data: bytes) -> str:
    # Pieces of a stream may end in the middle of a character; surrogates carry the rest.
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
