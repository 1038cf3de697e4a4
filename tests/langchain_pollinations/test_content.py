from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from langchain_pollinations import ChatPollinations, InvalidInputError
from langchain_pollinations.content import to_parts
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]

URL = "https://example.com/"
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
WEB_IMAGE = {"type": "image_url", "image_url": {"url": URL}}
VIDEO = {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,aGk="}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}}
PDF = "data:application/pdf;base64,aGk="


def file(**inner: str) -> dict[str, Any]:
    """A file part."""
    return {"type": "file", "file": inner}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        # OpenAI's parts
        (IMAGE, IMAGE),
        ({"type": "image_url", "image_url": URL}, WEB_IMAGE),
        (
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
        ),
        (AUDIO, AUDIO),
        ({"type": "file", "file": {"file_data": PDF}}, file(file_data=PDF)),
        (
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
            file(file_data=PDF, file_name="a.pdf"),
        ),
        ({"type": "file", "file": {"file_id": "f"}}, file(file_id="f")),
        (
            {"type": "video_url", "video_url": URL},
            {"type": "video_url", "video_url": {"url": URL}},
        ),
        # v0 blocks
        (
            {"type": "image", "source_type": "base64", "data": "aGk=", "mime_type": "image/png"},
            IMAGE,
        ),
        ({"type": "image", "source_type": "url", "url": URL}, WEB_IMAGE),
        (
            {"type": "audio", "source_type": "base64", "data": "aGk=", "mime_type": "audio/mpeg"},
            AUDIO,
        ),
        (
            {
                "type": "file",
                "source_type": "base64",
                "data": "aGk=",
                "mime_type": "application/pdf",
                "metadata": {"filename": "a.pdf"},
            },
            file(file_data=PDF, file_name="a.pdf", mime_type="application/pdf"),
        ),
        ({"type": "file", "source_type": "text", "text": "Hi"}, {"type": "text", "text": "Hi"}),
        ({"type": "file", "source_type": "id", "id": "f"}, file(file_id="f")),
        # v1 blocks
        ({"type": "image", "base64": "aGk=", "mime_type": "image/png"}, IMAGE),
        ({"type": "image", "base64": "aGk="}, IMAGE),
        (
            {"type": "image", "url": URL, "extras": {"detail": "high"}, "id": "lc_1", "index": 0},
            {"type": "image_url", "image_url": {"url": URL, "detail": "high"}},
        ),
        ({"type": "video", "base64": "aGk=", "mime_type": "video/mp4"}, VIDEO),
        ({"type": "audio", "base64": "aGk=", "mime_type": "audio/mpeg"}, AUDIO),
        (
            {"type": "file", "base64": "aGk=", "mime_type": "text/csv"},
            file(file_data="data:text/csv;base64,aGk=", mime_type="text/csv"),
        ),
        ({"type": "file", "url": URL}, file(file_url=URL)),
        ({"type": "text-plain", "text": "Hi", "title": "T"}, {"type": "text", "text": "Hi"}),
        ({"type": "text", "text": "Hi", "annotations": []}, {"type": "text", "text": "Hi"}),
        ({"type": "non_standard", "value": {"type": "x", "y": 1}}, {"type": "x", "y": 1}),
        ({"type": "refusal", "refusal": "No."}, {"type": "text", "text": "No."}),
        # Anthropic's blocks
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "aGk="},
            },
            IMAGE,
        ),
        ({"type": "image", "source": {"type": "url", "url": URL}}, WEB_IMAGE),
        (
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="},
            },
            file(file_data=PDF, mime_type="application/pdf"),
        ),
        ({"type": "tool_result", "content": "3"}, {"type": "text", "text": "3"}),
        # parts of your own
        ({"type": "brand_new", "x": 1}, {"type": "brand_new", "x": 1}),
        ("Hi", {"type": "text", "text": "Hi"}),
    ],
)
def test_a_block_of_any_generation_becomes_a_part(block: Any, part: dict[str, Any]) -> None:
    """OpenAI's, Anthropic's, v0 and v1 blocks all say the same on the wire."""
    assert to_parts([block], "message 0") == [part]


@pytest.mark.parametrize(
    "kind",
    ["reasoning", "thinking", "tool_call", "tool_use", "server_tool_call", "citation"],
)
def test_what_other_fields_say_is_no_part(kind: str) -> None:
    """Thoughts and calls are told by their own fields, never as content."""
    assert to_parts([{"type": kind, "text": "x"}], "message 0") == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "Hi"},
        {"type": "audio", "base64": "aGk=", "mime_type": "audio/wav"},
        {"type": "file", "url": URL},
    ],
)
def test_a_cache_mark_stays_on_parts_that_may_bear_it(block: dict[str, Any]) -> None:
    """`cache_control` is kept, on the block or in its extras."""
    mark = {"type": "ephemeral"}
    for marked in ({**block, "cache_control": mark}, {**block, "extras": {"cache_control": mark}}):
        (part,) = to_parts([marked], "message 0")
        assert part["cache_control"] == mark


@pytest.mark.parametrize(
    "block", [{"type": "text", "text": "Hi"}, {"type": "image", "url": "https://a.org/x.png"}]
)
def test_a_breakpoint_of_the_prompt_cache_is_kept(block: dict[str, Any]) -> None:
    """Parts of any kind may carry it."""
    mark = {"prompt_cache_breakpoint": {"mode": "explicit"}}
    (part,) = to_parts([{**block, **mark}], "message 0")
    assert part.items() >= mark.items()


def test_a_cache_mark_does_not_go_on_pictures() -> None:
    """Providers refuse it there."""
    (part,) = to_parts([{"type": "image", "url": URL, "cache_control": {}}], "message 0")
    assert "cache_control" not in part


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"type": "image"}, "needs url, base64 or file_id"),
        ({"type": "image_url", "image_url": 3}, "image_url is an object"),
        ({"type": "non_standard", "value": 3}, "value is an object"),
        ({"type": "audio", "file_id": "f"}, "base64 only"),
        ({"type": "input_audio", "input_audio": {"data": "aa", "format": "ogg"}}, "ogg"),
        ({"no": "type"}, "a dict with a type"),
        (3, "a dict with a type"),
    ],
)
def test_a_block_that_cannot_be_sent_is_named(block: Any, words: str) -> None:
    """The error says which block of which message."""
    with pytest.raises(ValueError, match=f"message 4, block 1.*{words}"):
        to_parts(["Hi", block], "message 4")


def test_the_gateway_takes_every_kind_of_block(chat: Chat, sandbox: Sandbox, ask: Any) -> None:
    """Pictures, video, sound and files travel in one message."""
    blocks: list[Any] = [
        "What are these?",
        {"type": "image", "base64": "aGk=", "mime_type": "image/png"},
        {"type": "image", "url": "https://example.com/cat.png"},
        {"type": "video", "url": "https://example.com/cat.mp4"},
        {"type": "audio", "base64": "aGk=", "mime_type": "audio/mpeg"},
        {"type": "file", "base64": "aGk=", "mime_type": "application/pdf"},
    ]
    assert ask(chat(model="gemini"), [HumanMessage(blocks)]).content
    kinds = [part["type"] for part in sandbox.last.body["messages"][0]["content"]]
    assert kinds == ["text", "image_url", "image_url", "video_url", "input_audio", "file"]


def test_openais_audio_and_files_pass_through_langchain_unharmed(
    chat: Chat, sandbox: Sandbox
) -> None:
    """LangChain rewrites some parts before a model sees them; the media type stays true."""
    csv = "data:text/csv;base64,aGk="
    chat(model="gemini").invoke(
        [HumanMessage([AUDIO, file(file_data=csv, filename="a.csv"), "What?"])]
    )
    audio, document, _ = sandbox.last.body["messages"][0]["content"]
    assert audio == AUDIO
    assert document["file"]["file_data"] == csv
    assert document["file"]["file_name"] == "a.csv"


def test_a_file_without_data_is_refused(chat: Chat, sandbox: Sandbox) -> None:
    """The error names the block."""
    with pytest.raises(InvalidInputError, match="message 0, block 0: file needs file_data"):
        chat().invoke([HumanMessage([{"type": "file", "file": {"file_name": "a"}}])])
    assert sandbox.requests == []
