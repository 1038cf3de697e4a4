"""The requirements that users set on models."""

from collections.abc import Set as AbstractSet
from functools import cache
from typing import Annotated

from pydantic import (
    AfterValidator,
    ConfigDict,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    with_config,
)
from typing_extensions import TypedDict  # pydantic takes typing's from Python 3.12 on only

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.unknown_names import refuse_unknown

# JSON, in which models are stored, has no sets.
Words = Annotated[AbstractSet[str], AfterValidator(sorted), PlainSerializer(list)]


@with_config(ConfigDict(extra="allow"))  # `checked` refuses unknown names, with a suggestion
class Requirements(TypedDict, total=False):
    """What a model must be able to do.

    True means that the model must have the property, False that it must not, None that it does not
    matter. A property that the catalogue does not state counts as False.

    Attributes:
        tools: Calls functions.
        reasoning: Is listed as a reasoning model.
        vision: Reads images.
        audio: Reads or generates audio.
        web_search: Searches the web on its own.
        paid_only: Needs paid pollen.
        specialized: Is made for one purpose; False by default.
        community: Is run by somebody other than the gateway; False by default.
        inputs: What it must read: text, image, audio, video.
        outputs: What it must generate: text (by default), image, video, audio.
        min_context: Tokens of context that it must have; an unknown context is too small.
        typical: Tokens that a usual request reads and writes, by which prices are compared;
            (1000, 300) by default.
    """

    tools: bool | None
    reasoning: bool | None
    vision: bool | None
    audio: bool | None
    web_search: bool | None
    paid_only: bool | None
    specialized: bool | None
    community: bool | None
    inputs: Words
    outputs: Words
    min_context: int | None
    typical: tuple[int, int]


def checked(require: Requirements) -> Requirements:
    """Return requirements with values of the right types, such as a list for a set.

    Raises:
        InvalidInputError: A name is unknown, or a value is of another type.

    Example:
        >>> checked({"tools": 1, "inputs": {"image"}})
        {'tools': True, 'inputs': ['image']}
    """
    refuse_unknown(require, Requirements.__annotations__, owner="require")
    try:
        return _adapter().validate_python(require)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where = ".".join(map(str, wrong["loc"]))
        raise InvalidInputError(f"require: {where}: {wrong['msg']}.") from None


@cache
def _adapter() -> TypeAdapter[Requirements]:
    return TypeAdapter(Requirements)
