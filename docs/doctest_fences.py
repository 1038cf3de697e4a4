"""For the reference: interactive examples in docstrings become blocks of code.

Sections such as `Example:` and `Invoke:` are boxes of Markdown to who reads docstrings, in which a
bare `>>>` would be a quotation.
"""

import re

import griffe

_FLAGS = re.compile(r"\s*# doctest:.*$")


class DoctestFences(griffe.Extension):
    """Puts fences around each run of `>>>` lines and what they print."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Change the docstring of a module, class, function or attribute after it is read."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """Put fences around interactive examples.

    Args:
        text: A docstring.

    Returns:
        The same with code blocks.

    Example:
        >>> print(fenced(">>> 1 + 1  # doctest: +SKIP"))
        ```pycon
        >>> 1 + 1
        ```
    """
    made: list[str] = []
    indent = None
    for line in [*text.splitlines(), ""]:
        if indent is None and line.lstrip().startswith(">>> "):
            indent = line[: len(line) - len(line.lstrip())]
            made.append(f"{indent}```pycon")
        elif indent is not None and not line.strip():
            made.append(f"{indent}```")
            indent = None
        made.append(line if indent is None else _FLAGS.sub("", line))
    return "\n".join(made[:-1])
