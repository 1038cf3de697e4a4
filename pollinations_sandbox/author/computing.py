"""A sum with several signs becomes calls of the tools that add, multiply and so on, inside out."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pollinations_sandbox.author.chatting import expression_in, value_of
from pollinations_sandbox.author.reading import Made
from pollinations_sandbox.author.tooling import Call, Tool
from pollinations_sandbox.author.words import name_words, stem

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
}
_OPERANDS = 2


@dataclass(frozen=True, slots=True)
class _Operation:
    """One sign with the values on its sides, and the operations they come from."""

    call: Call
    needs: tuple[Call, ...]


def sums(text: str, tools: Sequence[Tool], made: Sequence[Made]) -> list[Call] | None:
    """The calls that the sum in `text` still needs and that can be made now.

    Args:
        text: The request.
        tools: What may be called.
        made: The calls so far.

    Returns:
        None if there is no sum of several signs, or a tool is missing for one of them.
    """
    written = expression_in(text)
    if written is None or len(re.findall(r"[\d)]\s*[-+*/]", written)) < _OPERANDS:
        return None
    operations = list(_operations(ast.parse(written, mode="eval").body, tools))
    if not operations or any(operation is None for operation in operations):
        return None
    known = [(one.name, dict(one.arguments)) for one in made]
    return [
        operation.call
        for operation in operations
        if operation is not None
        and _key(operation.call) not in known
        and all(_key(need) in known for need in operation.needs)
    ]


def _key(call: Call) -> tuple[str, dict[str, object]]:
    return call.name, dict(call.arguments)


def _operations(node: ast.expr, tools: Sequence[Tool]) -> Iterator[_Operation | None]:
    """The operations of a sum, the innermost first; None for one that no tool can do."""
    if not isinstance(node, ast.BinOp):
        return
    inner = [*_operations(node.left, tools), *_operations(node.right, tools)]
    yield from inner
    sign = _SIGNS.get(type(node.op))
    tool = next(
        (tool for tool in tools if sign in {stem(word) for word in name_words(tool.name)}), None
    )
    if tool is None or len(tool.numbers) < _OPERANDS:
        yield None
        return
    values = [_short(value_of(side)) for side in (node.left, node.right)]
    needs = tuple(operation.call for operation in inner if operation is not None)
    yield _Operation(Call(tool.name, dict(zip(tool.numbers, values, strict=False))), needs)


def _short(value: float) -> float:
    return int(value) if float(value).is_integer() else value
