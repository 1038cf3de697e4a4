"""A pydantic model of an answer, for which a strange value in one field is no error."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from _pollinations.http.call import Response
from _pollinations.http.values import exact, object_of, unreadable

ModelT = TypeVar("ModelT", bound="LenientModel")

Amount = Annotated[Decimal, BeforeValidator(exact)]
"""A number without the rounding errors of binary fractions."""


class LenientModel(BaseModel):
    """A field whose value does not fit has its default; only a field without one must fit."""

    model_config = ConfigDict(
        frozen=True, defer_build=True, validate_by_name=True, validate_by_alias=True
    )

    raw: Mapping[str, Any] = Field(default_factory=dict, repr=False)

    @field_validator("*", mode="wrap")
    @classmethod
    def _default_if_invalid(
        cls, value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        field = cls.model_fields[info.field_name or ""]
        try:
            return handler(value)
        except ValidationError:
            if field.is_required():
                raise
            return field.get_default(call_default_factory=True)

    @classmethod
    def of(cls, data: Mapping[str, Any], **more: object) -> Self:
        """Read an object of an answer; null is as good as nothing."""
        known = {name: value for name, value in data.items() if value is not None}
        return cls.model_validate({**known, "raw": data, **more})

    def __hash__(self) -> int:
        """Hash the fields but the dictionaries, such as `raw`."""
        return hash(tuple(value for value in vars(self).values() if not isinstance(value, dict)))


def read_as(kind: type[ModelT], response: Response, what: str, **more: object) -> ModelT:
    """Read the JSON object of a 2xx answer.

    Args:
        kind: The model to make.
        response: The answer.
        what: What it should have been, for the error.
        **more: Fields that the JSON does not hold.

    Raises:
        UnreadableAnswerError: The body is no JSON object, or a needed field does not fit.
    """
    data = object_of(response, what)
    try:
        return kind.of(data, **more)
    except ValidationError:
        raise unreadable(response, what) from None
