r"""Bytes in, `data:` payloads out, as https://html.spec.whatwg.org/multipage/server-sent-events.html.

Only `\n`, `\r\n` and `\r` end a line: JSON may hold U+2028 and U+0085 as they are.
"""

from _pollinations.http.json import dump, parse

_MARK = b"\xef\xbb\xbf"
"""A byte order mark, which may stand before any line."""

_OTHER_LIMIT = 65_536
"""Bytes of lines that are no field; what follows is dropped."""


class Splitter:
    r"""Cuts an event stream into the payloads of its events.

    It is tolerant where gateways are sloppy: the last event may lack its blank line or even its
    line end, lines that are no field are kept aside in `other`. The payload of an event that is
    named `error` becomes `{"error": ...}`, since its data need not say so.

    Example:
        >>> splitter = Splitter()
        >>> splitter.feed(b"data: 1\n\ndata: 2\n"), splitter.close()
        ([b'1'], [b'2'])
    """

    __slots__ = ("_between_events", "_data", "_is_error", "_rest", "_return", "other")

    def __init__(self) -> None:
        self._between_events = True
        self._data: list[bytes] = []
        self._is_error = False
        self._rest: list[bytes] = []
        self._return = False
        self.other = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes.

        Args:
            data: Any piece of the stream, cut anywhere.

        Returns:
            The payloads of the events that are now complete, in order.
        """
        # A piece that is one whole event of one line, as most are.
        if (
            self._between_events
            and data.startswith(b"data: ")
            and data.find(b"\n") == len(data) - 2
            and data.endswith(b"\n")
            and b"\r" not in data
        ):
            return [data[6:-2]]
        payloads = self._take(self._lines(data))
        self._between_events = not (self._data or self._rest or self._return or self._is_error)
        return payloads

    def close(self) -> list[bytes]:
        """Take note of the end.

        Returns:
            The payload of an event whose blank line never came, if there is one.
        """
        last = b"".join(self._rest)
        self._rest = []
        return self._take([last, b""])

    def _lines(self, data: bytes) -> list[bytes]:
        """The lines that are now complete."""
        if self._return or b"\r" in data:
            data = self._with_plain_line_ends(data)
        if b"\n" not in data:
            if data:
                self._rest.append(data)
            return []
        if self._rest:
            self._rest.append(data)
            data = b"".join(self._rest)
        lines = data.split(b"\n")
        rest = lines.pop()
        self._rest = [rest] if rest else []
        return lines

    def _take(self, lines: list[bytes]) -> list[bytes]:
        payloads: list[bytes] = []
        data = self._data
        for line in lines:
            if not line:
                if data:
                    payload = data[0] if len(data) == 1 else b"\n".join(data)
                    payloads.append(_as_error(payload) if self._is_error else payload)
                    data.clear()
                self._is_error = False
            elif line.startswith(b"data:"):
                data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line.startswith(b":"):
                plain = line.removeprefix(_MARK)
                name, _, value = plain.partition(b":")
                if name == b"data":
                    data.append(value.lstrip())
                elif name == b"event":
                    self._is_error = value.strip() == b"error"
                elif name not in {b"", b"id", b"retry"} and len(self.other) < _OTHER_LIMIT:
                    self.other += plain + b"\n"
        return payloads

    def _with_plain_line_ends(self, data: bytes) -> bytes:
        r"""Make every line end `\n`; a `\n` that follows a `\r` of the last piece is dropped."""
        if self._return and data.startswith(b"\n"):
            data = data[1:]
            if not data:
                self._return = False
                return data
        self._return = data.endswith(b"\r") if data else self._return
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _as_error(payload: bytes) -> bytes:
    """The payload of an event that is named `error`, as the object that says so."""
    try:
        return dump({"error": parse(payload)})
    except ValueError:
        return dump({"error": payload.decode("utf-8", "replace")})
