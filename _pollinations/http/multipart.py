"""Forms with files (RFC 7578) as bytes, so that a call is a value before any client sends it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form.

    Attributes:
        name: The field's name.
        filename: What the file is called; its ending tells some servers its kind.
        mime: Its media type.
        data: The bytes.
    """

    name: str
    filename: str
    mime: str
    data: bytes = field(repr=False)


def form(fields: Iterable[tuple[str, str]], files: Iterable[File]) -> tuple[bytes, str]:
    r"""Write a form.

    The line between the parts is a digest of them: the same form is the same bytes, and no part
    can hold it.

    Args:
        fields: Names and texts.
        files: The files.

    Returns:
        The body, and its content type.

    Example:
        >>> body, kind = form([("model", "whisper-1")], [])
        >>> body.splitlines()[1]
        b'Content-Disposition: form-data; name="model"'
    """
    parts = [(f'name="{_escaped(name)}"', _encoded(text)) for name, text in fields]
    for file in files:
        names = f'name="{_escaped(file.name)}"; filename="{_escaped(file.filename)}"'
        parts.append((f"{names}\r\nContent-Type: {file.mime}", file.data))
    digest = hashlib.sha256()
    for head, data in parts:
        digest.update(_encoded(head))
        digest.update(data)
    line = digest.hexdigest()[:32]
    body = bytearray()
    for head, data in parts:
        body += _encoded(f"--{line}\r\nContent-Disposition: form-data; {head}\r\n\r\n")
        body += data + b"\r\n"
    body += f"--{line}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={line}"


def _encoded(text: str) -> bytes:
    """A name of a file may hold bytes that are not text, as lone surrogates."""
    return text.encode("utf-8", "replace")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPED)
