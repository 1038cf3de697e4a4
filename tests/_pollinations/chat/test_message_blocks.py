"""Blocks of every framework and provider, by what becomes of them."""

import copy
import functools
import json
from typing import Any

import pytest

from _pollinations.chat.message_blocks import Content, Origin, read
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
    before = copy.deepcopy(list(blocks))
    content = read(list(blocks), "message 0", origin)
    assert before == list(blocks), "the caller's blocks must not be changed"
    return content


def parts(origin: Origin, *blocks: Any) -> list[Json]:
    return of(origin, *blocks).parts


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


def typed(kind: str, **more: Any) -> Json:
    return {"type": kind, **more}


def v0(kind: str, source: str = "base64", **more: Any) -> Json:
    """LangChain's first form of a medium."""
    return {"type": kind, "source_type": source, "data": "aGk=", **more}


def anthropic(kind: str, **source: Any) -> Json:
    return {"type": kind, "source": source}


def bedrock(kind: str, format: str, **more: Any) -> Json:  # noqa: A002 - Bedrock's word
    return {kind: {"format": format, "source": {"bytes": b"hi"}, **more}}


BASE64 = {"type": "base64", "data": "aGk="}
PNG, MPEG = {"mime_type": "image/png"}, {"mime_type": "audio/mpeg"}
NEW = typed("brand_new", x=1)
SPELLED: list[tuple[Json, list[Any]]] = [
    (
        IMAGE,
        [
            *(IMAGE, v0("image", **PNG), typed("image", base64="aGk=", **PNG)),
            *(typed("image", base64="aGk="), anthropic("image", **BASE64, media_type="image/png")),
            *(typed("media", data=data, **PNG) for data in ("aGk=", b"hi")),
            bedrock("image", "png"),
        ],
    ),
    (
        WEB_IMAGE,
        [
            *(typed("image_url", image_url=URL), v0("image", "url", data=None, url=URL)),
            *(anthropic("image", type="url", url=URL), typed("input_image", image_url=URL)),
            typed("non_standard", value=typed("input_image", image_url=URL)),
        ],
    ),
    (
        typed("image_url", image_url={"url": URL, "detail": "high"}),
        [
            typed("image_url", image_url={"url": URL, "detail": "high"}),
            typed("image", url=URL, extras={"detail": "high"}, id="lc_1"),
        ],
    ),
    (
        VIDEO,
        [typed("video", base64="aGk=", mime_type="video/mp4"), bedrock("video", "mp4"), VIDEO],
    ),
    (
        typed("video_url", video_url={"url": URL}),
        [typed("video_url", video_url=URL), typed("video", url=URL)],
    ),
    (
        typed("video_url", video_url={"url": "gs://b/a.mp4", "mime_type": "video/mp4"}),
        [typed("media", mime_type="video/mp4", file_uri="gs://b/a.mp4")],
    ),
    (
        AUDIO,
        [
            *(AUDIO, v0("audio", **MPEG), typed("audio", base64="aGk=", **MPEG)),
            typed("audio", base64="aGk=", format="mp3"),
            {"inline_data": {"data": "aGk=", **MPEG}},
            typed("audio_url", audio_url={"url": "data:audio/mpeg;base64,aGk="}),  # vLLM
        ],
    ),
    (
        file(file_data=PDF, file_name="a.pdf", mime_type="application/pdf"),
        [
            v0("file", mime_type="application/pdf", metadata={"filename": "a.pdf"}),
            typed("input_file", file_data=PDF, filename="a.pdf"),
            *(file(file_data=PDF, filename="a.pdf"), bedrock("document", "pdf", name="a.pdf")),
        ],
    ),
    (
        file(file_data=PDF, mime_type="application/pdf"),
        [anthropic("document", **BASE64, media_type="application/pdf"), file(file_data=PDF)],
    ),
    (
        file(file_data="data:text/csv;base64,/w==", mime_type="text/csv"),
        [typed("file", base64="/w==", mime_type="text/csv")],
    ),
    (
        text("a.csv:\nhi"),
        [
            typed("file", base64="aGk=", mime_type="text/csv", filename="a.csv"),
            file(file_data="data:text/csv;base64,aGk=", filename="a.csv"),
            file(file_data="aGk=", filename="a.csv"),
        ],
    ),
    (file(file_id="f"), [file(file_id="f"), v0("file", "id", data=None, id="f")]),
    (file(file_url=URL), [typed("file", url=URL), typed("input_file", file_url=URL)]),
    (
        file(file_url=URL, mime_type="application/pdf"),
        [{"fileData": {"mimeType": "application/pdf", "fileUri": URL}}],
    ),
    (
        text("Hi"),
        [
            *("Hi", {"text": "Hi"}, {"type": None, "text": "Hi"}, text("Hi", annotations=[])),
            *(typed("input_text", text="Hi"), typed("output_text", text="Hi", annotations=[])),
            *(typed("refusal", refusal="Hi"), typed("text-plain", text="Hi", title="T")),
            *(
                v0("file", "text", data=None, text="Hi"),
                anthropic("document", type="text", data="Hi"),
            ),
        ],
    ),
    (NEW, [NEW, typed("non_standard", value=NEW)]),
]


@pytest.mark.parametrize(
    ("part", "block"), [(part, block) for part, blocks in SPELLED for block in blocks]
)
def test_a_block_of_any_provider_becomes_a_part(block: Any, part: Json) -> None:
    """OpenAI's two APIs, LangChain's versions, Anthropic, Google, Bedrock, vLLM, and new ones."""
    assert parts("user", block) == [part]


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [("/9j/4A", "jpeg"), ("iVBORw0K", "png"), ("R0lGODlh", "gif"), ("UklGRiQA", "webp")],
)
@pytest.mark.parametrize("declared", ["image/jpg", "image/png"])
def test_an_image_has_the_type_of_its_bytes(data: str, mime_type: str, declared: str) -> None:
    """Claude refuses any other, and `image/jpg`, which people and browsers write."""
    uri = {"url": f"data:image/{mime_type};base64,{data}"}
    spelled = [
        *(typed("image", base64=data, mime_type=declared), typed("image", base64=data)),
        typed("image_url", image_url=f"data:{declared};base64,{data}"),
    ]

    assert [part["image_url"] for part in parts("user", *spelled)] == [uri] * 3


INTERNAL = [
    *("citation", "server_tool_use", "web_search_tool_result", "image_generation_call"),
    *("mcp_approval_request", "mcp_list_tools", "executable_code", "code_execution_result"),
    *("input_json_delta", "tool_call_chunk", "compaction", "reference", "container_upload"),
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
        *(("audio/x-wav", "wav"), (".wav", "wav"), ("audio/mpeg", "mp3"), ("MP3", "mp3")),
        *(("audio/flac", "flac"), ("audio/opus", "opus"), ("audio/L16; rate=24000", "pcm16")),
        *((None, "wav"), ("m4a", None), ("image/png", None)),
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


@pytest.mark.parametrize(
    "block",
    [
        *(IMAGE, WEB_IMAGE, VIDEO, AUDIO, file(file_url=URL), typed("brand_new"), {"no": "type"}),
        *(7, None, text(""), typed("text", text=3), ""),
    ],
)
def test_media_and_what_is_unknown_of_a_model_are_left_out(block: Any) -> None:
    """No provider takes them back in an assistant's turn, and a history cannot be wrong."""
    assert parts("model", text("Hi"), block) == [text("Hi")]


def test_the_transcript_of_a_models_audio_stays() -> None:
    """Its sound does not go back, the transcript does."""
    assert parts("model", {"type": "audio", "base64": "", "extras": {"transcript": "Hi"}}) == [
        text("Hi")
    ]


ROWS = [
    *(typed("file", name="a.txt", size=3), typed("image", url="file:///etc/passwd")),
    *(typed("image_url", image_url=None), typed("text", text=None), typed("text", value=1)),
    *(text("A passage", page=3), typed("document", text="A passage", score=0.5)),
    *(typed("search_result", title="A"), typed("custom_tool_call_output", output=None, id=1)),
    *(typed("reasoning", reasoning="Hm"), typed("tool_use", name="add")),
    *({"type": None, "a": [1, {"b": None}]}, {"a": 1.5, "b": True}, {}),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rows_of_a_tool_are_json(row: Json) -> None:
    """A tool may return anything; what is neither text nor media is read as it is, in place."""
    first, middle, last = parts("tool", "a", row, "b")

    assert (first, json.loads(middle["text"]), last) == (text("a"), row, text("b"))


def test_text_and_media_of_a_tool_are_no_rows() -> None:
    """Also with notes, as MCP has them; a passage has its title and source before it."""
    noted = text("3", annotations=None, _meta={}, id="lc_1")
    document = anthropic("document", type="text", data="Hi")
    passage = typed("search_result", title="T", source="s", content=[text("P")])
    blocks = [noted, text(""), document, AUDIO, passage]

    assert parts("tool", *blocks) == [text("3"), text("Hi"), AUDIO, text("T (s):\nP")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *(({"a": 1}, '{"a":1}'), (7, "7"), (b"hi", '"aGk="'), ([[1]], "[1]"), ({(1,): 3}, '"1"')),
        ({"type": "audio", "url": "data:audio/ogg;base64," + "A" * 2_000}, "base64,(2000 char"),
        *(({"text": "word " * 1_000}, "word word"), ({"at": object}, "object")),
        (functools.reduce(lambda deep, _: [deep], range(100_000), [1]), "too deep"),
    ],
    ids=range(9),
)
def test_a_result_may_be_any_value(value: Any, words: str) -> None:
    """Its text is bounded: long base64 is counted; what JSON cannot say is its Python text."""
    (part,) = read(value, "message 0", "tool").parts

    assert words in part["text"]
    assert len(part["text"]) < 6_000


def test_a_cache_point_marks_the_part_before_it() -> None:
    """Bedrock's and LlamaIndex's own block for it."""
    mark = {"type": "ephemeral"}
    marked = [text("long", cache_control=mark), WEB_IMAGE]

    assert parts("user", "long", WEB_IMAGE, {"cachePoint": {"type": "default"}}) == marked
    with pytest.raises(InvalidInputError, match="message 0, block 0: a cache point"):
        parts("user", {"type": "cache_point"})


@pytest.mark.parametrize("path", ["/a.png", "C:\\a.png", "file:///a.png", "//host/a.png", "x://1"])
@pytest.mark.parametrize("key", ["image_url", "video_url", "file"])
def test_a_path_is_never_opened(key: str, path: str) -> None:
    """A message may come from anybody; the error says how to send a file."""
    with pytest.raises(InvalidInputError, match=r"message 0, block 0: .*base64"):
        parts("user", {"type": key, "url": path})


@pytest.mark.parametrize("block", [text("Hi"), AUDIO, typed("file", url=URL), WEB_IMAGE])
def test_a_cache_mark_stays_on_parts_that_may_have_it(block: Json) -> None:
    """On the block or in its extras, not on images; a breakpoint may be on any part."""
    mark = {"type": "ephemeral"}
    for more in ({"cache_control": mark}, {"extras": {"cache_control": mark}}):
        (part,) = parts("user", {**block, **more, "prompt_cache_breakpoint": {"mode": "x"}})
        assert part.get("cache_control") == (None if block is WEB_IMAGE else mark)
        assert part["prompt_cache_breakpoint"] == {"mode": "x"}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (typed("image_url", image_url=3), "'image_url' needs url, base64 or file_id"),
        (typed("audio", file_id="f"), "base64 only"),
        (typed("image", file_id="f"), "not by file_id"),
        (typed("non_standard", value=3), "a dict with a type, not 3"),
    ],
)
def test_a_block_that_cannot_be_sent_is_named(block: Any, words: str) -> None:
    """The error says which block of which message."""
    with pytest.raises(InvalidInputError, match=f"message 4, block 1.*{words}"):
        read(["Hi", block], "message 4", "user")
