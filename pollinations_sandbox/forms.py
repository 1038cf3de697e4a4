"""Bodies of the kind multipart/form-data: fields that are texts, and files that are bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from typing import Any, Final

_KIND: Final = "multipart/form-data"
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


def form_of(raw: bytes, content_type: str) -> dict[str, Any] | None:
    """The fields of a form, a list where a name came twice; None if the body is no form."""
    said = Message()
    said["content-type"] = content_type
    boundary = said.get_boundary()
    if said.get_content_type() != _KIND or not boundary:
        return None
    fields: dict[str, Any] = {}
    for name, value in _parts(raw, boundary.encode("latin-1", "replace")):
        if name in fields:
            known = fields[name]
            fields[name] = [*(known if isinstance(known, list) else [known]), value]
        else:
            fields[name] = value
    return fields


def _parts(raw: bytes, boundary: bytes) -> Iterator[tuple[str, str | Upload]]:
    for part in (_LINE + raw).split(_LINE + b"--" + boundary)[1:]:
        head, found, data = part.partition(_LINE * 2)
        if part.startswith(b"--") or not found:
            continue
        headers = HeaderParser().parsestr(head.removeprefix(_LINE).decode("utf-8", "replace"))
        name = headers.get_param("name", header="content-disposition")
        filename = headers.get_filename()
        if filename is None:
            yield str(name), data.decode("utf-8", "replace")
        else:
            kind = headers.get("content-type", "application/octet-stream")
            yield str(name), Upload(filename, kind, data)
