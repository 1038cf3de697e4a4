"""How a conversation is made ready to be sent."""

import copy
from typing import Any

import pytest

from _pollinations.chat.messages import EchoReasoning, Policy, prepare
from _pollinations.http.errors import InvalidInputError

Json = dict[str, Any]
MARK = {"type": "ephemeral"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://a/b.png"}}
CALL = {"id": "x", "type": "function", "function": {"name": "look", "arguments": "{}"}}
HI: Json = {"role": "user", "content": "Hi"}
CALLING: Json = {"role": "assistant", "tool_calls": [CALL]}


def sent(*messages: Json, model: str | None = "openai", **policy: Any) -> list[Json]:
    before = copy.deepcopy(messages)
    prepared = prepare(messages, model=model, policy=Policy(**policy))  # type: ignore[arg-type] # anything
    assert messages == before, "the caller's messages must not be changed"
    return prepared


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


def message(role: str, content: Any = "Hi", **more: Any) -> Json:
    return {"role": role, "content": content, **more}


GOOD = [
    *(message(role) for role in ("system", "developer", "user", "assistant")),
    *(message("user", name="Ada"), message("assistant", name="Bot")),
    message("user", [text("Look:"), IMAGE]),
    *(message("user", [part]) for part in (IMAGE, {"type": "from_the_future", "x": 1})),
    message("user", [text("Hi", cache_control=MARK)]),
]


@pytest.mark.parametrize(
    ("spelled", "wire"),
    [
        *((good, good) for good in GOOD),
        *((message(name), message("assistant")) for name in ("ai", "model", "chatbot")),
        *((message("human"), message("user")), (message("user", [text("Hi")]), message("user"))),
        (message("user", name="Ada Lovelace"), message("user", name="Ada_Lovelace")),
        *((message("user", name=name), message("user")) for name in ("日本", "")),
    ],
)
def test_a_message_is_sent_in_the_gateways_form(spelled: Json, wire: Json) -> None:
    """Good ones as they are; frameworks have roles of their own, and one text is a string."""
    assert sent(spelled) == [wire]


@pytest.mark.parametrize(
    "message",
    [
        *({"content": "Hi"}, message("narrator"), {"role": ["user"], "content": "Hi"}),
        *(message("user", 7), message("user", [text("Hi"), 7]), message("assistant", 7)),
    ],
)
def test_a_bad_message_is_refused_by_its_place(message: Json) -> None:
    """What the gateway would refuse is refused before anything is sent."""
    with pytest.raises(InvalidInputError, match="message 1"):
        sent(HI, message)


@pytest.mark.parametrize(
    "messages",
    [
        *([], [message("system", ""), message("user", None)], [message("assistant", [])]),
        *([message("user", content)] for content in ("", [text(" ")])),
    ],
)
def test_a_request_without_content_is_refused(messages: list[Json]) -> None:
    """The gateway would invent a question, and charge for its answer."""
    with pytest.raises(InvalidInputError, match="nothing to send"):
        sent(*messages)


EMPTY = ["", [], None, " \n", [text("")], [text("  ")], [""], [{"type": "text", "text": None}]]


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("role", ["system", "developer"])
def test_an_empty_instruction_is_left_out(role: str, empty: Any) -> None:
    """Frameworks make them without being asked; the rest of the request is sent."""
    assert sent({"role": role, "content": empty}, HI) == [HI]


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize(("role", "content"), [("user", ""), ("assistant", "(no answer)")])
def test_an_empty_turn_stays_a_turn(role: str, content: str, empty: Any) -> None:
    """It is in a memory or a checkpoint, and must not stop every later turn.

    The gateway replaces an empty text of the user; Claude and Gemini refuse one of the model.
    """
    assert sent({"role": role, "content": empty}, HI)[0] == message(role, content)


def test_gemini_gets_all_instructions_in_one_text() -> None:
    """Of several system messages, and of texts in one, it would read the first and no other.

    Images it reads in a message of the user only.
    """
    texts = [text("b", cache_control=MARK), IMAGE, text("c")]
    turns = [message("system", "a"), HI, message("system", texts), message("developer", "d")]
    one = message("system", [text("a\n\nb\n\nc\n\nd", cache_control=MARK)])

    assert sent(*turns, model="gemini") == [one, message("user", [IMAGE]), HI]
    assert sent(*turns, model="openai") == turns
    assert sent(HI, model="gemini") == [HI]


def test_an_empty_turn_with_calls_has_no_content() -> None:
    """Some providers refuse an empty text beside calls, others null: the key is left out."""
    assert sent({**CALLING, "content": [text("")]})[0] == CALLING


FILE = {"type": "file", "file": {"file_id": "f"}}
OWN = text("a", cache_control={"type": "ephemeral", "ttl": "1h"})


@pytest.mark.parametrize(
    ("content", "marked"),
    [
        ("Hi", [text("Hi", cache_control=MARK)]),
        ([text("a"), text("b")], [text("a"), text("b", cache_control=MARK)]),
        ([text("a"), IMAGE], [text("a", cache_control=MARK), IMAGE]),
        ([IMAGE, IMAGE], [IMAGE, IMAGE]),
        ([text("a"), FILE], [text("a"), {**FILE, "cache_control": MARK}]),
        ([OWN], [OWN]),
    ],
)
def test_a_cache_mark_goes_on_the_last_part_that_may_have_it(content: Any, marked: Any) -> None:
    """The gateway drops a message's mark and keeps a part's, in every role."""
    for role in ("system", "user", *("assistant",) * isinstance(content, str)):
        assert sent(message(role, content, cache_control=MARK), HI) == [message(role, marked), HI]


RESULTS: list[Json] = [
    {"role": "assistant", "tool_calls": [CALL, {**CALL, "id": "y"}]},
    message("tool", [text("See"), IMAGE], tool_call_id="x"),
    *(message("tool", [IMAGE], tool_call_id="y"), message("user", "Well?")),
]


@pytest.mark.parametrize(
    ("policy", "contents"),
    [
        ("user_message", ["See", "(see the next message)", [IMAGE, IMAGE], "Well?"]),
        ("inline", [[text("See"), IMAGE], [IMAGE], "Well?"]),
        ("drop", ["See", "(left out)", "Well?"]),
    ],
)
def test_media_in_results_are_sent_by_the_policy(policy: str, contents: list[Any]) -> None:
    """Most providers see pictures only in a user's message: one follows the last result."""
    assert [message["content"] for message in sent(*RESULTS, tool_media=policy)[1:]] == contents


@pytest.mark.parametrize(
    ("policy", "calling", "plain"),
    [("tool_calls", True, False), ("always", True, True), ("never", False, False)],
)
def test_reasoning_is_sent_again_by_the_policy(
    policy: EchoReasoning, calling: bool, plain: bool
) -> None:
    """Reasoning is sent again on turns with tool calls, on all, or on none."""
    turns = [{**turn, "reasoning_content": "Hm"} for turn in (CALLING, message("assistant"))]
    first, _, second = sent(*turns, echo_reasoning=policy)

    assert ["reasoning_content" in turn for turn in (first, second)] == [calling, plain]


THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "s"}


@pytest.mark.parametrize(
    ("signer", "model", "replayed"),
    [
        *(("claude", "claude", True), (None, "anthropic/claude-sonnet-4.6", True)),
        *(("claude", "claude-large", False), ("claude", "openai", False)),
        *((None, "openai", False), (None, None, False)),
    ],
)
def test_signed_thinking_goes_back_to_its_signer(
    signer: str | None, model: str | None, replayed: bool
) -> None:
    """Only the model that signed a thought gets it again, as the first part of the turn."""
    turn = message("assistant", thinking=[THOUGHT], signed_by=signer)

    assert sent(turn, model=model) == [
        message("assistant", [THOUGHT, text("Hi")] if replayed else "Hi")
    ]


@pytest.mark.parametrize(
    ("signer", "policy", "replayed"),
    [
        *(("gemini", "tool_calls", True), ("gemini", "never", False)),
        *((None, "tool_calls", False), ("gemini-large", "always", False)),
    ],
)
def test_details_of_reasoning_go_back_to_their_model(
    signer: str | None, policy: EchoReasoning, *, replayed: bool
) -> None:
    """OpenRouter refuses the results of Gemini's calls without them; others refuse the key."""
    details = [{"type": "reasoning.encrypted", "data": "x"}]
    thought = {"type": "thinking", "thinking": "Hm", "reasoning_details": details}
    turn = {**CALLING, "thinking": [thought], "signed_by": signer}
    (first, _) = sent(turn, model="gemini", echo_reasoning=policy)

    assert first == {**CALLING, **({"reasoning_details": details} if replayed else {})}


def test_results_in_a_users_message_become_messages() -> None:
    """Anthropic's histories answer calls in the turn of the user."""
    calling = {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "look"}]}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [text("3")]}

    assert sent(calling, message("user", [result, text("Well?")])) == [
        {"role": "assistant", "tool_calls": [{**CALL, "id": "t"}]},
        message("tool", "3", tool_call_id="t", name="look"),
        message("user", "Well?"),
    ]


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "thinking", "thinking": "Hm", "signature": "s"}],
        [{"type": "reasoning", "reasoning": "Hm", "extras": {"signature": "s"}}],
        [{"type": "reasoning_content", "reasoning_content": {"text": "Hm", "signature": "s"}}],
        [{"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "s"}}}],
    ],
)
def test_thoughts_are_read_from_blocks(blocks: list[Json]) -> None:
    """Anthropic's, LangChain's and Bedrock's; a model that did not sign them reads text at most."""
    turn = {"role": "assistant", "content": [*blocks, text("Hi")], "signed_by": "claude"}

    assert sent(turn, model="claude")[0]["content"] == [THOUGHT, text("Hi")]
    assert sent(turn, echo_reasoning="always")[0]["reasoning_content"] == "Hm"
