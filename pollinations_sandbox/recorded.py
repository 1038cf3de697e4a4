"""A request that the sandbox got, as a test looks at it: its JSON, or its form."""

import json
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from typing import Any, Final

from starlette.requests import Request

from pollinations_sandbox.faults import Effect

_LINE: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a form.

    Attributes:
        filename: Its name.
        content_type: Its media type as declared.
        data: The bytes.
    """

    filename: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Recorded:
    """A request that the sandbox got.

    Attributes:
        method: GET, POST and so on.
        path: The path, decoded.
        query: The query parameters; of repeated ones the last.
        headers: The headers, names in lower case; not in the repr, since they hold a key.
        body: The parsed JSON, the fields and `Upload`s of a form (a list where a name came twice),
            or the bytes when they are neither; None when there are none.
        forwarded: The request as the gateway sends it on, if it got that far; without what it
            changes for a single provider.
        raw_path: The path as it came, percent-encoded.
        status: The status of the answer; 0 until it begins.
        effect: The `effect` of the fault that it met; None when it met none.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str] = field(repr=False)
    body: Any = None
    forwarded: dict[str, Any] | None = None
    raw_path: str = ""
    status: int = 0
    effect: Effect | None = None

    @property
    def prompt(self) -> str:
        """The last text of a user; elsewhere the prompt or input, or that of the path.

        Of a transcription without a prompt it is the file's name.
        """
        body = self.body if isinstance(self.body, dict) else {}
        messages: object = body.get("messages")
        for message in reversed(messages if isinstance(messages, list) else []):
            of_user = isinstance(message, dict) and message.get("role") == "user"
            if of_user and (text := _text(message.get("content"))):
                return text
        file = body.get("file")
        prompt = body.get("prompt", body.get("input", getattr(file, "filename", None)))
        return self.path.split("/", 2)[-1] if prompt is None and not body else _text(prompt)

    @property
    def api_key(self) -> str | None:
        """The key that it carries: `Bearer` with a capital B, else `?key=`."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key if scheme == "Bearer" and key else self.query.get("key") or None

    @property
    def model(self) -> str | None:
        """The model that the request names, if it names one."""
        named = self.body.get("model") if isinstance(self.body, dict) else self.query.get("model")
        return named if isinstance(named, str) else None


def _text(content: object) -> str:
    """The text of a string, of text parts, or of a list of strings."""
    if isinstance(content, dict):
        content = content.get("text", "")
    if isinstance(content, list):
        return "\n".join(filter(None, map(_text, content)))
    return content if isinstance(content, str) else ""


def recorded(request: Request, raw: bytes) -> Recorded:
    """What is remembered of a request with this body."""
    body: Any
    try:
        body = json.loads(raw, parse_constant=_refuse) if raw else None
    except (ValueError, RecursionError):
        form = _form_of(raw, request.headers.get("content-type", ""))
        body = raw if form is None else form
    return Recorded(
        method=request.method,
        path=request.scope["path"],
        raw_path=request.scope["raw_path"].decode("latin-1"),
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=body,
    )


def _refuse(word: str) -> object:
    """Let no word pass that only Python takes for a number."""
    raise ValueError(word)


def _form_of(raw: bytes, content_type: str) -> dict[str, Any] | None:
    """The fields of a form, a list where a name came twice; None if the body is no form."""
    form = Message()
    form["content-type"] = content_type
    boundary = form.get_boundary()
    if form.get_content_type() != "multipart/form-data" or not boundary:
        return None
    fields: dict[str, list[str | Upload]] = {}
    for part in (_LINE + raw).split(_LINE + b"--" + boundary.encode("latin-1", "replace"))[1:]:
        head, separator, data = part.partition(_LINE * 2)
        if part.startswith(b"--") or not separator:
            continue
        headers = HeaderParser().parsestr(head.removeprefix(_LINE).decode("utf-8", "replace"))
        filename = headers.get_filename()
        kind = headers.get("content-type", "application/octet-stream")
        text = data.decode("utf-8", "replace")
        name = str(headers.get_param("name", header="content-disposition"))
        fields.setdefault(name, []).append(
            text if filename is None else Upload(filename, kind, data)
        )
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}
