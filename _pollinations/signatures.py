"""Constructors that show their options: signatures, descriptions and `help()`.

Pydantic builds a class with its first instance (`defer_build`), so that imports are quick. What
people and their tools read of a class is there when it is defined, by this module.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from inspect import Parameter, Signature
from itertools import pairwise

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_PACKAGES = ("_pollinations", "langchain_pollinations", "llama_index_pollinations")


class _Factory:
    """The default of an option whose value is made for each instance."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def show_options(kind: type[BaseModel]) -> None:
    """Give a class its signature, and its fields' docstrings as descriptions.

    `use_attribute_docstrings` of pydantic does the latter in ten times the time.

    Args:
        kind: A class whose fields are collected.
    """
    declared = [
        (name, base)
        for base in kind.__mro__
        for name in inspect.get_annotations(base)
        if name in kind.model_fields
    ]
    for name, base in declared:
        field = kind.model_fields[name]
        if field.description is None and base.__module__.partition(".")[0] in _PACKAGES:
            field.description = _docstrings(base.__module__).get((base.__name__, name))
    shown = {name: kind.model_fields[name] for name in dict.fromkeys(name for name, _ in declared)}
    kind.__signature__ = Signature([_parameter(name, field) for name, field in shown.items()])
    if kind.__dict__.get("__doc__"):
        kind.__doc__ = "\n".join([inspect.cleandoc(kind.__doc__ or ""), "", *_lines(shown)])


def _parameter(name: str, field: FieldInfo) -> Parameter:
    default = Parameter.empty if field.is_required() else field.default
    return Parameter(
        field.alias or name,
        Parameter.KEYWORD_ONLY,
        default=_FACTORY if field.default_factory else default,
        annotation=field.annotation,
    )


def _lines(fields: dict[str, FieldInfo]) -> Iterator[str]:
    """The options as a section of a docstring."""
    yield "Options:"
    for name, field in fields.items():
        if field.description:
            yield f"    {field.alias or name}: {' '.join(field.description.split())}"


@cache
def _docstrings(module: str) -> dict[tuple[str, str], str]:
    """The strings below the fields of a module's classes, by class and field."""
    try:
        classes = ast.parse(inspect.getsource(sys.modules[module])).body
    except OSError:  # installed without its source
        return {}
    return {
        (node.name, field.target.id): inspect.cleandoc(text.value.value)
        for node in classes
        if isinstance(node, ast.ClassDef)
        for field, text in pairwise(node.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
