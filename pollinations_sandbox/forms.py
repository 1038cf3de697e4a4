"""Bodies of the kind multipart/form-data: fields that are texts, and files that are bytes."""

from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from typing import Any, Final

_KIND: Final = "multipart/form-data"
_LINE: Final = b"\r\n"
_BYTES: Final = "application/octet-stream"


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
    form = Message()
    form["content-type"] = content_type
    boundary = form.get_boundary()
    if form.get_content_type() != _KIND or not boundary:
        return None
    fields: dict[str, list[str | Upload]] = {}
    for part in (_LINE + raw).split(_LINE + b"--" + boundary.encode("latin-1", "replace"))[1:]:
        head, separator, data = part.partition(_LINE * 2)
        if part.startswith(b"--") or not separator:
            continue
        headers = HeaderParser().parsestr(head.removeprefix(_LINE).decode("utf-8", "replace"))
        filename, kind = headers.get_filename(), headers.get("content-type", _BYTES)
        text = data.decode("utf-8", "replace")
        name = str(headers.get_param("name", header="content-disposition"))
        fields.setdefault(name, []).append(
            text if filename is None else Upload(filename, kind, data)
        )
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}
