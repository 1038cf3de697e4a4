"""Which list of models is read next."""

from typing import Any

import pytest

from _pollinations.http.errors import APIConnectionError, APITimeoutError, NotFoundError
from _pollinations.models.catalog import Model, listed
from _pollinations.models.lists import ListReader

MODELS = (Model(name="openai"),)


def test_each_list_is_read_once_and_kept() -> None:
    """An error takes the place of a list; the next one is read all the same."""
    reader = ListReader(map(listed, ["/one", "/two"]))
    error = NotFoundError("no such list")
    paths = []
    for answer in (error, MODELS):
        assert reader.call is not None
        paths.append(reader.call.request.path)
        reader.take(answer)

    assert paths == ["/one", "/two"]
    assert (reader.call, reader.lists) == (None, {"/one": error, "/two": MODELS})


@pytest.mark.parametrize("error", [APIConnectionError("nobody"), APITimeoutError("silence")])
def test_a_gateway_that_does_not_answer_is_asked_once(error: Any) -> None:
    """The error stands for the lists that are left, too."""
    reader = ListReader(map(listed, ["/one", "/two", "/three"]))
    reader.take(MODELS)
    reader.take(error)

    assert (reader.call, reader.lists) == (None, {"/one": MODELS, "/two": error, "/three": error})
