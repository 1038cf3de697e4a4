import pickle
from copy import deepcopy

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_pollinations.chunks import PROVIDER, generation, text_chunk

TOLD = {"model_provider": PROVIDER}


@pytest.mark.parametrize("text", ["", "Hi", "日本 🙂"])
def test_a_text_chunk_is_what_langchain_makes(text: str) -> None:
    """Made without validation, it is equal to the validated one in every respect."""
    ours = text_chunk(text)
    theirs = AIMessageChunk(content=text, response_metadata=TOLD)
    assert ours == theirs
    assert ours.__dict__ == theirs.__dict__
    assert ours.model_dump() == theirs.model_dump()
    assert ours.model_fields_set == theirs.model_fields_set
    assert repr(ours) == repr(theirs)
    assert pickle.loads(pickle.dumps(ours)) == theirs  # noqa: S301 - our own bytes
    assert deepcopy(ours) == theirs


@pytest.mark.parametrize(
    "message",
    [
        AIMessageChunk("Hi"),
        AIMessageChunk([{"type": "text", "text": "Hi", "index": 0}]),
        AIMessageChunk("", chunk_position="last"),
    ],
)
def test_a_generation_is_what_langchain_makes(message: AIMessageChunk) -> None:
    """The wrapper has the same text and fields."""
    ours, theirs = generation(message), ChatGenerationChunk(message=message)
    assert ours == theirs
    assert ours.__dict__ == theirs.__dict__
    assert ours.model_fields_set == theirs.model_fields_set


def test_chunks_share_nothing() -> None:
    """What is put into one is not in the next."""
    one, two = vars(text_chunk("a")), vars(text_chunk("b"))
    mutable = {name for name, value in one.items() if isinstance(value, dict | list | set)}
    assert mutable >= {"additional_kwargs", "response_metadata", "tool_call_chunks"}
    assert [name for name in mutable if one[name] is two[name]] == []
