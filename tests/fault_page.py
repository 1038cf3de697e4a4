"""Writes the table of the page about faults from `fault_table.py`: `python tests/fault_page.py`."""

import json
from functools import partial
from pathlib import Path

from fault_table import ROWS, End, Order, Row

PAGE = Path(__file__).parents[1] / "docs" / "reliability" / "faults.md"
HEAD = "| Fault | What happens | Whole | Stream | What the error holds |\n|---|---|---|---|---|\n"


def page() -> str:
    """The page with its table written anew."""
    before, _, rest = PAGE.read_text("utf-8").partition(HEAD)
    after = rest.partition("\n\n")[2]
    return before + HEAD + "".join(_line(name, row) for name, row in ROWS.items()) + "\n" + after


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
    PAGE.write_text(page(), "utf-8")
