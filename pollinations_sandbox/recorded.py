"""A request that the sandbox got, as a test looks at it."""

from dataclasses import dataclass, field
from typing import Any

from pollinations_sandbox.faults import Effect


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
        said = body.get("prompt", body.get("input", getattr(file, "filename", None)))
        return self.path.split("/", 2)[-1] if said is None and not body else _text(said)

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
