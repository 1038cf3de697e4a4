"""Constructors show their options before the first instance, to people and to their tools."""

import inspect
import pydoc

import pytest
from own_process import python
from pydantic import BaseModel, Field
from ways import EVERY_CLASS

from _pollinations.connection import Connected

PACKAGES = {"_pollinations", "langchain_pollinations", "llama_index_pollinations"}


def own_fields(kind: type[BaseModel]) -> set[str]:
    """The fields that classes of ours declare, by the names of the constructor's options."""
    ours = (base for base in kind.__mro__ if base.__module__.partition(".")[0] in PACKAGES)
    names = {name for base in ours for name in inspect.get_annotations(base)}
    # What LangChain reads of a tool means the same as in each of its tools.
    names -= {"name", "description", "args_schema", "response_format"}
    return names & kind.model_fields.keys()


@pytest.mark.parametrize("kind", EVERY_CLASS)
def test_a_signature_has_every_option(kind: type[BaseModel]) -> None:
    """Each option is there by the name that users write, the class's own before a framework's."""
    shown = [*inspect.signature(kind).parameters]

    assert {*shown} == {field.alias or name for name, field in kind.model_fields.items()}
    assert "max_retries" in shown


@pytest.mark.parametrize(
    ("package", "firsts"),
    [
        ("langchain_pollinations", {"ChatPollinations": "model", "PollinationsImageTool": "name"}),
        (
            "llama_index_pollinations",
            {"Pollinations": "model", "PollinationsToolSpec": "directory"},
        ),
    ],
)
def test_a_signature_is_there_before_the_first_instance(
    package: str, firsts: dict[str, str]
) -> None:
    """In a new process, its own options come first, with their defaults; help() shows it."""
    code = (
        f"import inspect, {package} as package\n"
        f"for kind in (getattr(package, name) for name in {[*firsts]}):\n"
        "    print(inspect.signature(kind))\n"
        "    print(len(kind.model_fields), kind.__pydantic_complete__)"
    )
    lines = python("-c", code).stdout.splitlines()

    for first, signature, fields in zip(firsts.values(), lines[::2], lines[1::2], strict=True):
        assert signature.startswith(f"(*, {first}: ")
        assert "api_key: str | pydantic.types.SecretStr | None = <factory>" in signature
        assert "retry_after_limit: float = 60.0" in signature
        assert fields.endswith(" False")


@pytest.mark.parametrize("kind", EVERY_CLASS)
def test_every_field_has_a_description(kind: type[BaseModel]) -> None:
    """Pydantic knows the docstring that stands below a field, and help() lists it."""
    fields = {name: kind.model_fields[name] for name in own_fields(kind)}
    shown = pydoc.plain(pydoc.render_doc(kind))

    assert [name for name, field in fields.items() if not field.description] == []
    assert "The longest wait in seconds that the gateway may ask for" in shown
    for name, field in fields.items():
        assert f" {field.alias or name}: {' '.join((field.description or '').split())}" in shown


def test_a_class_of_the_user_shows_its_own_options_too() -> None:
    """A description that is set is kept; a docstring in another package is not looked up."""

    class Local(Connected):
        shop: str = Field(description="Where.")
        other: int = 3
        """Not looked up."""

    assert str(inspect.signature(Local)).startswith("(*, shop: str, other: int = 3, max_retries: ")
    assert Local.model_fields["shop"].description == "Where."
    assert Local.model_fields["other"].description is None
    assert Local.__doc__ is None
