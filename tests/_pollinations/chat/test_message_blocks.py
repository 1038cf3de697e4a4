"""Blocks of every framework and provider, by what becomes of them."""

import copy
import json
from typing import Any

import pytest

from _pollinations.chat.message_blocks import Content, Origin, as_json, read
from _pollinations.http.errors import InvalidInputError

Json = dict[str, Any]
URL = "https://example.com/"
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
WEB_IMAGE = {"type": "image_url", "image_url": {"url": URL}}
VIDEO = {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,aGk="}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}}
PDF = "data:application/pdf;base64,aGk="


def file(**inner: str) -> dict[str, Any]:
    """A file part."""
    return {"type": "file", "file": inner}


def of(origin: Origin, *blocks: Any) -> Content:
    given = copy.deepcopy(list(blocks))
    found = read(given, "message 0", origin)
    assert given == list(blocks), "what was given must not be changed"
    return found


def parts(origin: Origin, *blocks: Any) -> list[Json]:
    return of(origin, *blocks).parts


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


def v0(kind: str, source: str = "base64", **more: Any) -> Json:
    """LangChain's first form of a medium."""
    return {"type": kind, "source_type": source, "data": "aGk=", **more}


def anthropic(kind: str, **source: Any) -> Json:
    return {"type": kind, "source": source}


DETAIL = {"type": "image_url", "image_url": {"url": URL, "detail": "high"}}
GOOGLE_VIDEO = {"url": "gs://b/a.mp4", "mime_type": "video/mp4"}
BASE64 = {"type": "base64", "data": "aGk="}
SPELLED: list[tuple[Json, list[Any]]] = [
    (
        IMAGE,
        [
            IMAGE,
            v0("image", mime_type="image/png"),
            {"type": "image", "base64": "aGk=", "mime_type": "image/png"},
            {"type": "image", "base64": "aGk="},
            anthropic("image", **BASE64, media_type="image/png"),
            {"type": "media", "mime_type": "image/png", "data": "aGk="},
            {"type": "media", "mime_type": "image/png", "data": b"hi"},
            {"image": {"format": "png", "source": {"bytes": b"hi"}}},
        ],
    ),
    (
        WEB_IMAGE,
        [
            {"type": "image_url", "image_url": URL},
            v0("image", "url", data=None, url=URL),
            anthropic("image", type="url", url=URL),
            {"type": "input_image", "image_url": URL},
            {"type": "non_standard", "value": {"type": "input_image", "image_url": URL}},
        ],
    ),
    (DETAIL, [DETAIL, {"type": "image", "url": URL, "extras": {"detail": "high"}, "id": "lc_1"}]),
    (
        VIDEO,
        [
            {"type": "video", "base64": "aGk=", "mime_type": "video/mp4"},
            {"video": {"format": "mp4", "source": {"bytes": b"hi"}}},
        ],
    ),
    (
        {"type": "video_url", "video_url": {"url": URL}},
        [{"type": "video_url", "video_url": URL}, {"type": "video", "url": URL}],
    ),
    (
        {"type": "video_url", "video_url": GOOGLE_VIDEO},
        [{"type": "media", "mime_type": "video/mp4", "file_uri": "gs://b/a.mp4"}],
    ),
    (
        AUDIO,
        [
            AUDIO,
            v0("audio", mime_type="audio/mpeg"),
            {"type": "audio", "base64": "aGk=", "mime_type": "audio/mpeg"},
            {"type": "audio", "base64": "aGk=", "format": "mp3"},
            {"inline_data": {"mime_type": "audio/mpeg", "data": "aGk="}},
            {"type": "audio_url", "audio_url": {"url": "data:audio/mpeg;base64,aGk="}},  # vLLM
        ],
    ),
    (
        file(file_data=PDF, file_name="a.pdf", mime_type="application/pdf"),
        [
            v0("file", mime_type="application/pdf", metadata={"filename": "a.pdf"}),
            {"type": "input_file", "file_data": PDF, "filename": "a.pdf"},
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
            {"document": {"format": "pdf", "name": "a.pdf", "source": {"bytes": b"hi"}}},
        ],
    ),
    (
        file(file_data=PDF, mime_type="application/pdf"),
        [
            anthropic("document", **BASE64, media_type="application/pdf"),
            {"type": "file", "file": {"file_data": PDF}},
        ],
    ),
    (
        file(file_data="data:text/csv;base64,aGk=", mime_type="text/csv"),
        [{"type": "file", "base64": "aGk=", "mime_type": "text/csv"}],
    ),
    (
        file(file_id="f"),
        [{"type": "file", "file": {"file_id": "f"}}, v0("file", "id", data=None, id="f")],
    ),
    (file(file_url=URL), [{"type": "file", "url": URL}, {"type": "input_file", "file_url": URL}]),
    (
        file(file_url=URL, mime_type="application/pdf"),
        [{"fileData": {"mimeType": "application/pdf", "fileUri": URL}}],
    ),
    (
        text("Hi"),
        [
            "Hi",
            {"text": "Hi"},
            {"type": None, "text": "Hi"},
            {"type": "text", "text": "Hi", "annotations": []},
            {"type": "input_text", "text": "Hi"},
            {"type": "output_text", "text": "Hi", "annotations": []},
            {"type": "refusal", "refusal": "Hi"},
            {"type": "text-plain", "text": "Hi", "title": "T"},
            v0("file", "text", data=None, text="Hi"),
            anthropic("document", type="text", data="Hi"),
            anthropic("document", type="content", content=[text("Hi")]),
        ],
    ),
    (
        text("T (s):\nHi"),
        [{"type": "search_result", "title": "T", "source": "s", "content": [text("Hi")]}],
    ),
    (
        {"type": "brand_new", "x": 1},
        [
            {"type": "brand_new", "x": 1},
            {"type": "non_standard", "value": {"type": "brand_new", "x": 1}},
        ],
    ),
]


@pytest.mark.parametrize(
    ("part", "block"), [(part, block) for part, blocks in SPELLED for block in blocks]
)
def test_a_block_of_any_provider_becomes_a_part(block: Any, part: Json) -> None:
    """OpenAI's two APIs, LangChain's versions, Anthropic, Google, Bedrock, vLLM, and new ones."""
    assert parts("user", block) == [part]


INTERNAL = [
    *("citation", "server_tool_call", "server_tool_result", "server_tool_use"),
    *("web_search_tool_result", "code_execution_tool_result", "mcp_tool_use", "web_search_call"),
    *("image_generation_call", "code_interpreter_call", "mcp_approval_request", "mcp_list_tools"),
    *("executable_code", "code_execution_result", "input_json_delta", "tool_call_chunk"),
    *("compaction", "reference", "item_reference", "container_upload"),
]


@pytest.mark.parametrize("kind", INTERNAL)
@pytest.mark.parametrize("origin", ["user", "model"])
def test_what_only_its_provider_can_read_is_left_out(origin: Origin, kind: str) -> None:
    """What a provider's own tools did is no input for another one, also wrapped by LangChain."""
    block = {"type": kind, "text": "x", "name": "web_search", "output": "x", "args": "{"}

    assert of(origin, block, {"type": "non_standard", "value": block}) == Content()


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        *(("audio/wav", "wav"), ("audio/x-wav", "wav"), (".wav", "wav"), ("audio/mpeg", "mp3")),
        *(("MP3", "mp3"), ("audio/flac", "flac"), ("audio/opus", "opus"), (None, "wav")),
        *(("audio/L16; rate=24000", "pcm16"), ("pcm16", "pcm16")),
        *(("audio/mp4", None), ("m4a", None), ("audio/aac", None), ("image/png", None)),
    ],
)
@pytest.mark.parametrize("data", ["aGk=", "data:audio/wav;base64,aGk="])
def test_audio_is_named_by_the_gateways_formats(data: str, kind: str, known: str | None) -> None:
    """Media types and file endings; m4a passes the gateway's schema and fails behind it."""
    block = {"type": "audio", "base64": data, "mime_type": kind}
    if known:
        assert parts("user", block)[0]["input_audio"] == {"data": "aGk=", "format": known}
    else:
        with pytest.raises(InvalidInputError, match=r"message 0, block 0: .* Convert it"):
            parts("user", block)


@pytest.mark.parametrize("block", [IMAGE, WEB_IMAGE, VIDEO, AUDIO, {"type": "file", "url": URL}])
def test_media_that_a_model_made_are_left_out(block: Json) -> None:
    """No provider takes them back in an assistant's turn."""
    assert parts("model", text("Here:"), block) == [text("Here:")]


@pytest.mark.parametrize(
    "block",
    [{"type": "brand_new"}, {"no": "type"}, 7, None, text(""), {"type": "text", "text": 3}, ""],
)
def test_what_is_unknown_of_a_model_is_left_out(block: Any) -> None:
    """A history cannot be wrong; it came from somewhere else."""
    assert parts("model", text("Hi"), block) == [text("Hi")]


def test_the_transcript_of_a_models_audio_stays() -> None:
    """Its sound does not go back, the transcript does."""
    assert parts("model", {"type": "audio", "base64": "", "extras": {"transcript": "Hi"}}) == [
        text("Hi")
    ]


ROWS = [
    {"type": "file", "name": "a.txt", "size": 3},
    {"type": "file", "name": "a.txt", "url": "/docs/a.txt"},
    {"type": "image", "id": 4},
    {"type": "image", "url": "file:///etc/passwd"},
    {"type": "file", "url": "notes://1", "mime_type": "text/plain"},
    {"type": "text", "value": 1},
    {"type": "text", "text": None},
    {"type": "text", "text": 3},
    {"type": "text", "text": "A passage", "page": 3},
    {"type": "document", "text": "A passage", "score": 0.5},
    {"type": "document", "title": "A"},
    {"type": "image_url", "image_url": None},
    {"type": "audio", "url": URL},
    {"type": "video", "file_id": "f"},
    {"type": "json", "json": {"a": 1}},
    {"type": "search_result", "title": "A"},
    {"type": "custom_tool_call_output", "output": None, "id": 1},
    {"type": "reasoning", "reasoning": "Hm"},
    {"type": "tool_use", "name": "add"},
    {"type": None, "a": [1, {"b": None}]},
    {"a": 1.5, "b": True},
    {},
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rows_of_a_tool_are_json(row: Json) -> None:
    """A tool may return anything; what is no text or medium is read as it is, in its place."""
    made = [part["text"] for part in parts("tool", "a", row, "b")]

    assert (made[0], json.loads(made[1]), made[2]) == ("a", row, "b")


@pytest.mark.parametrize("block", [IMAGE, WEB_IMAGE, VIDEO, AUDIO, file(file_url=URL)])
def test_media_of_a_tool_stay_media(block: Json) -> None:
    """With data or with a link."""
    assert parts("tool", "See", block) == [text("See"), block]


def test_a_wrapped_result_is_opened() -> None:
    """Anthropic's, in a tool's message; MCP's texts have notes beside them."""
    inner = text("3", annotations=None, _meta={}, id="lc_1")

    assert parts("tool", {"type": "tool_result", "content": [inner]}) == [text("3")]


@pytest.mark.parametrize(
    ("content", "words"),
    [({"a": 1}, '{"a":1}'), (7, "7"), (b"hi", '"(2 bytes)"'), ([[1]], "[1]"), (None, None)],
)
def test_a_result_may_be_any_value(content: object, words: str | None) -> None:
    """Programs without a framework pass on what a function returned."""
    assert read(content, "message 0", "tool").parts == ([text(words)] if words else [])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"type": "audio", "base64": "A" * 2_000}, '"(2000 characters of data)"'),
        ({"type": "audio", "url": "data:audio/ogg;base64," + "A" * 2_000}, "characters of data"),
        ({"text": "word " * 1_000}, "word word"),
        ({"at": object}, "object"),
        ({(1, 2): 3}, "(1, 2)"),
    ],
)
def test_json_of_a_row_is_bounded_and_always_text(value: Json, words: str) -> None:
    """Long base64 is counted; a value without a JSON form is its Python text."""
    assert words in as_json(value)
    assert len(as_json(value)) < 6_000


def test_a_row_of_any_depth_is_text() -> None:
    """Recursion ends in words, not in an error."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    assert "too deep" in as_json(deep)


def test_a_cache_point_marks_the_part_before_it() -> None:
    """Bedrock's and LlamaIndex's own block for it."""
    mark = {"type": "ephemeral"}
    made = parts("user", "long", WEB_IMAGE, {"cachePoint": {"type": "default"}})

    assert made == [text("long", cache_control=mark), WEB_IMAGE]
    with pytest.raises(InvalidInputError, match="message 0, block 0: a cache point"):
        parts("user", {"type": "cache_point"})


@pytest.mark.parametrize(
    "path",
    ["/a/b.png", "a.png", "C:\\a.png", "file:///a.png", "~/a.png", "//host/a.png", "notes://1"],
)
@pytest.mark.parametrize("key", ["image_url", "image", "video_url", "input_image", "file"])
def test_a_path_is_never_opened(key: str, path: str) -> None:
    """A message may come from anybody; the error says how to send a file."""
    block = {"type": key, "url": path, "image_url": path, "video_url": path}

    with pytest.raises(InvalidInputError, match=r"message 0, block 0: .*base64"):
        parts("user", block)


@pytest.mark.parametrize(
    ("block", "kept"),
    [
        (text("Hi"), True),
        ({"type": "audio", "base64": "aGk=", "mime_type": "audio/wav"}, True),
        ({"type": "file", "url": URL}, True),
        ({"type": "image", "url": URL}, False),
    ],
)
def test_a_cache_mark_stays_on_parts_that_may_have_it(block: Json, *, kept: bool) -> None:
    """On the block or in its extras, not on images; a breakpoint may be on any part."""
    mark = {"type": "ephemeral"}
    for more in ({"cache_control": mark}, {"extras": {"cache_control": mark}}):
        (part,) = parts("user", {**block, **more, "prompt_cache_breakpoint": {"mode": "x"}})
        assert part.get("cache_control") == (mark if kept else None)
        assert part["prompt_cache_breakpoint"] == {"mode": "x"}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"type": "image"}, "needs url, base64 or file_id"),
        ({"type": "image_url", "image_url": 3}, "'image_url' needs"),
        ({"type": "non_standard", "value": 3}, "a dict with a type, not 3"),
        ({"type": "audio", "file_id": "f"}, "base64 only"),
        ({"type": "input_audio", "input_audio": {"data": "aa", "format": "ogg"}}, "ogg"),
        ({"no": "type"}, "a dict with a type"),
        ({"type": "file", "file": {"filename": "a.pdf"}}, "needs url, base64 or file_id"),
        ({"type": "video_url", "video_url": {"url": ""}}, "'video_url' needs"),
        (3, "a dict with a type"),
    ],
)
def test_a_block_that_cannot_be_sent_is_named(block: Any, words: str) -> None:
    """The error says which block of which message."""
    with pytest.raises(InvalidInputError, match=f"message 4, block 1.*{words}"):
        read(["Hi", block], "message 4", "user")
