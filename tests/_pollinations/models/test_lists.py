"""Which list of models is read next."""

import pytest

from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    NotFoundError,
    PollinationsError,
)
from _pollinations.models.lists import ListReader
from _pollinations.models.model import Model, listed

MODELS = (Model(name="openai"),)


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (NotFoundError("no list"), True),
        (APIConnectionError("x"), False),
        (APITimeoutError("x"), False),
    ],
)
def test_an_error_takes_the_place_of_a_list(error: PollinationsError, left: bool) -> None:
    """And of those that are left, if the gateway did not answer at all."""
    reader = ListReader(map(listed, ["/one", "/two", "/three"]))
    assert reader.first().request.path == "/one"
    following = reader.answered(MODELS)
    assert following is not None
    assert following.request.path == "/two"

    if left:
        assert reader.after(error, begun=False).request.path == "/three"
        assert reader.answered(MODELS) is None
    else:
        with pytest.raises(type(error)):
            reader.after(error, begun=False)
    assert reader.lists == {"/one": MODELS, "/two": error, "/three": MODELS if left else error}
