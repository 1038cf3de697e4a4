"""Why a connection failed, in the same words for every HTTP library."""

import re

from _pollinations.http.masking import chain

_CLOSED = "connection closed too early"
_REASONS = (
    ("ConnectionRefusedError", "connection refused"),
    ("gaierror", "unknown host name"),
    ("CERTIFICATE_VERIFY_FAILED", "the TLS certificate is not trusted"),
    ("SSLError", "the TLS handshake failed"),
    ("BadStatusLine|Bad status line|illegal status line|Expected HTTP/", "the reply is not HTTP"),
    ("IncompleteRead|not completed|[Dd]isconnected|closed connection", _CLOSED),
    ("Connection(Reset|Aborted)Error|BrokenPipeError", "connection reset"),
)
"""What the names and texts of a chain of errors contain, and what it means; the first counts."""

_OBJECT = re.compile(r"\b\w+\(host=[^)]{0,300}\):? ?")
"""How urllib3 shows a connection: by the name of its class, which means nothing to a user."""


def root_cause(error: BaseException) -> BaseException:
    """Find the system's error that a library's error comes from.

    Args:
        error: The error of an HTTP library.

    Returns:
        The last `OSError` of its chain; `error` itself if there is none.

    Example:
        >>> error = ValueError("wrapped")
        >>> error.__cause__ = ConnectionResetError(104, "Connection reset by peer")
        >>> root_cause(error)
        ConnectionResetError(104, 'Connection reset by peer')
    """
    return [error, *(link for link in chain(error) if isinstance(link, OSError))][-1]


def reason(error: BaseException) -> str:
    """Say in a few words why a connection failed.

    Args:
        error: The error of an HTTP library.

    Example:
        >>> reason(ConnectionRefusedError(111, "Connection refused"))
        'connection refused'
    """
    links = "; ".join(f"{type(link).__name__}: {link}" for link in chain(error))
    for pattern, words in _REASONS:
        if re.search(pattern, links):
            return words
    text = " ".join(_OBJECT.sub("", str(root_cause(error)) or str(error)).split())[:200]
    return text.rstrip(".") or _CLOSED
