"""Unknown names, and the names that were probably meant."""

import pytest

from _pollinations.http.errors import InvalidInputError, InvalidRequestError
from _pollinations.http.suggestions import refuse_unknown, suggest_models


def test_a_name_that_is_nearly_known_is_suggested() -> None:
    """A slip of the pen is answered with the right name."""
    with pytest.raises(InvalidInputError, match=r"Chat has no 'temprature'; .* 'temperature'\?"):
        refuse_unknown(["temprature"], ["temperature", "top_p"], owner="Chat")


def test_a_name_that_is_like_no_other_is_refused() -> None:
    """Without a likely name the error says where further fields go."""
    with pytest.raises(InvalidInputError, match=r"'zzz'\. .*extra_body=\{\.\.\.\}"):
        refuse_unknown(["zzz"], ["temperature"], owner="Chat")


def test_known_names_pass() -> None:
    """Names that exist are no trouble."""
    refuse_unknown(["a", "b"], iter(["b", "a"]), owner="Chat")


OFFERED = ('Invalid option: expected one of "openai"|"openai-fast"|"mistral"',)


@pytest.mark.parametrize(
    ("error", "model", "names", "near"),
    [
        (InvalidRequestError("No", field_errors={"model": OFFERED}), "opnai", (), "'openai'"),
        (InvalidRequestError('Invalid service or alias: "opnai"'), None, ["openai"], "'openai'"),
        (InvalidRequestError("No", code="model_not_found"), "mistrall", ["mistral"], "'mistral'"),
        (InvalidRequestError("No", code="model_not_found"), "zzz", ["mistral"], None),
        (InvalidRequestError("No", code="model_not_found"), None, ["mistral"], None),
        (InvalidRequestError("No", code="model_not_found"), "mistral" * 99_999, ["mistral"], None),
    ],
)
def test_models_of_a_near_name_are_suggested(
    error: InvalidRequestError, model: str | None, names: list[str], near: str | None
) -> None:
    """Names that the gateway lists, and others that are known, are compared with the wrong one."""
    suggest_models(error, model, names)

    assert "pollinations-models" in str(error)
    assert ("Did you mean" in str(error)) is (near is not None)
    assert near is None or near in error.hint


def test_other_errors_are_left_as_they_are() -> None:
    """Only an unknown model gets names of models."""
    error = InvalidRequestError("No", field_errors={"seed": ("Too big",)})
    suggest_models(error, "openai", ["openai"])

    assert error.hint == ""
