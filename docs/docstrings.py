"""For the reference: what of classes and docstrings is shown, and how.

Interactive examples become blocks of code: in sections such as `Example:` and `Invoke:` a bare
`>>>` would be a quotation. Fields of pydantic classes are left out: a table shows them as options.
"""

import re
from pydoc import locate

import griffe
from pydantic import BaseModel

# Values such as `Project` and `Model` are no classes with options.
_OPTIONS = re.compile(r"(Pollinations\w*|_MediaTool|Connected|Fields|ChatModel)$")
_FLAGS = re.compile(r"\s*# doctest:.*$")


class DoctestFences(griffe.Extension):
    """Puts fences around each run of `>>>` lines and what they print."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Change the docstring of a module, class, function or attribute after it is read."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


class WithoutFields(griffe.Extension):
    """Leaves out the fields of public classes that are built on pydantic."""

    def on_class_members(self, *, cls: griffe.Class, **_: object) -> None:
        """Remove the fields after the members of a class are read."""
        kind = locate(cls.path) if _OPTIONS.search(cls.path) else None
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name in [*cls.members]:
                if name in kind.model_fields:
                    cls.del_member(name)


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
