"""Writes the page about faults from the table that the tests keep: `python tests/fault_page.py`."""

import json
from functools import partial
from pathlib import Path

from fault_table import ROWS, End, Order, Row

PAGE = Path(__file__).parents[1] / "docs" / "reliability" / "faults.md"
_BEGIN = """\
# What goes wrong, and how a call ends

<!-- Written by tests/fault_page.py from tests/fault_table.py; a test compares them. -->

A call ends in the whole answer or in a typed error. It never ends in half an answer that looks
whole. The table below is also a test: each row is tried against the sandbox in `invoke`, `ainvoke`,
`stream` and `astream` of LangChain, and in `chat`, `achat`, `stream_chat` and `astream_chat` of
LlamaIndex; with text in each of them, with tools and structured output in turn.

How to read it:

- *Whole* is an answer that comes at once, *stream* one that comes in pieces.
- "Tried 3 times" counts the first request; `max_retries` is 2 here, as by default. Whoever meets
  such a fault only once gets the whole answer from the next attempt and sees nothing of it.
- A stream is tried again until its first piece is handed out, never after. From then on an error
  holds what came before in its `text` and `reasoning`.
- How long "silence" is: until an answer or the first event of a stream `timeout`, between two
  events `stream_idle_timeout`. Bytes that complete nothing, such as keep-alives, extend a wait, but
  never beyond four times those seconds; a whole answer takes no longer in all.
- How much is read: `size_limits`, a `gateway.SizeLimits`. Beyond it an error is raised and the
  connection closed; of the body of an error the first 64 KiB are read.
- The errors have the same names in both frameworks; see `langchain_pollinations.errors` and
  `llama_index_pollinations.errors`. All of them are `PollinationsError`.

To see one yourself, order it from the sandbox:

```python
from pollinations_sandbox import Fault, Sandbox

with Sandbox() as sandbox:
    sandbox.fail(Fault.cut(3))  # the next answer ends after three events
```

| Fault | What happens | Whole | Stream | What the error holds |
|---|---|---|---|---|
"""
_END = """
Three more ends are no faults of the connection:

- An answer with the finish reason `length` or `max_tokens` is whole as a text: the finish reason is
  in its metadata. Data that broke off there is none: structured output raises
  `OutputParserException` (LangChain) or `StructuredOutputError` (LlamaIndex), and a tool call is an
  `invalid_tool_call` (LangChain) or raises `StructuredOutputError` when it is read (LlamaIndex).
- A finished answer survives its connection: what breaks behind the finish reason takes nothing
  from it.
- An answer that a provider spells in its own way is no fault at all; every spelling is read.
"""


def page() -> str:
    """The whole page as Markdown."""
    return _BEGIN + "".join(_line(name, row) for name, row in ROWS.items()) + _END


def _line(name: str, row: Row) -> str:
    cells = (
        f"**{name}**<br>`{_code(row.order)}`",
        row.happens,
        _end(row.whole),
        _end(row.pieces),
        _held(row),
    )
    return f"| {' | '.join(cells)} |\n"


def _code(order: Order) -> str:
    """How the fault is ordered."""
    factory = order if isinstance(order, partial) else partial(order)
    words = [_word(value) for value in factory.args]
    words += [f"{key}={_word(value)}" for key, value in factory.keywords.items()]
    return f"Fault.{factory.func.__name__}({', '.join(words)})"


def _word(value: object) -> str:
    if isinstance(value, list):
        return f"[{_word(value[0])}, ...]"
    if isinstance(value, bytes) and len(value) > 40:
        return f"{value[:10]!r} + ..."
    if isinstance(value, dict):
        return '{"error": ...}'
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _end(end: End) -> str:
    if end.error is None:
        return "the answer" if end.tries == 1 else f"the answer, after {end.tries} requests"
    if end.wait:
        return f"waits {end.wait:g} s if `retry_after_limit` allows it, else `{end.error}` at once"
    return f"`{end.error}`, " + ("at once" if end.tries == 1 else f"tried {end.tries} times")


def _held(row: Row) -> str:
    if row.whole.error is None:
        return "nothing goes wrong"
    statuses = dict.fromkeys(str(end.status) for end in (row.whole, row.pieces) if end.status)
    held = [f"`status` {' or '.join(statuses)}"] if statuses else []
    waits = row.whole.wait is not None
    held += [f"`retry_after` {row.whole.wait:g}"] if waits else []
    held += ["the stream's `text` so far"] if row.pieces.begun else []
    return ", ".join(held) or "what the connection said"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
