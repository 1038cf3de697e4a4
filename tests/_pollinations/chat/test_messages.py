"""How a conversation is made ready to be sent."""

import copy
from typing import Any

import pytest

from _pollinations.chat.messages import EchoReasoning, Policy, settle
from _pollinations.http.errors import InvalidInputError

Json = dict[str, Any]
MARK = {"type": "ephemeral"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://a/b.png"}}
CALL = {"id": "x", "type": "function", "function": {"name": "look", "arguments": "{}"}}
CALLING: Json = {"role": "assistant", "tool_calls": [CALL]}


def sent(*messages: Json, model: str | None = "openai", **policy: Any) -> list[Json]:
    given: Any = copy.deepcopy(list(messages))
    made = settle(given, model=model, policy=Policy(**policy))
    assert given == list(messages), "what was given must not be changed"
    return made


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "user", "content": "Hi", "name": "Ada"},
        {"role": "user", "content": [text("Look:"), IMAGE]},
        {"role": "user", "content": [IMAGE]},
        {"role": "user", "content": [{"type": "from_the_future", "x": 1}]},
        {"role": "assistant", "content": "Hello"},
        {"role": "assistant", "content": "Hello", "name": "Bot"},
        {"role": "assistant", "content": "Wait", "tool_calls": [CALL]},
        CALLING,
        {"role": "assistant", "function_call": {"name": "look", "arguments": "{}"}},
        {"role": "assistant", "audio": {"id": "audio_1"}},
        {"role": "tool", "content": "42", "tool_call_id": "y"},
        {"role": "tool", "content": "42", "tool_call_id": "y", "name": "add"},
        {"role": "function", "content": "42", "name": "add"},
        {"role": "function", "content": None, "name": "add"},
    ],
)
def test_good_messages_travel_as_they_are(message: Json) -> None:
    """Every role and shape that the gateway takes is sent unchanged."""
    assert sent(message) == [message]


@pytest.mark.parametrize(
    "message",
    [
        {"content": "Hi"},
        {"role": "human", "content": "Hi"},
        {"role": "user"},
        {"role": "user", "content": ""},
        {"role": "user", "content": []},
        {"role": "user", "content": [text("")]},
        {"role": "user", "content": 7},
        {"role": "user", "content": [text("Hi"), 7]},
        {"role": "system", "content": None},
        {"role": "assistant", "content": 7},
        {"role": "tool", "content": "42"},
        {"role": "tool", "content": {"a": 1}, "tool_call_id": "x"},
        {"role": "function", "content": "42"},
    ],
)
def test_a_bad_message_is_refused_by_its_place(message: Json) -> None:
    """What the gateway would refuse is refused before anything is sent."""
    with pytest.raises(InvalidInputError, match="message 1"):
        sent({"role": "user", "content": "Hi"}, message)


def test_a_bad_block_is_named_too() -> None:
    """The error counts the blocks of the message."""
    with pytest.raises(InvalidInputError, match="message 0, block 1"):
        sent({"role": "user", "content": [text("Hi"), {"type": "image_url"}]})


def test_no_messages_are_refused() -> None:
    """A conversation has at least one message."""
    with pytest.raises(InvalidInputError, match="no messages"):
        sent()


def test_an_empty_assistant_turn_has_empty_content() -> None:
    """A turn with nothing in it is still a turn; empty parts are left out."""
    assert sent({"role": "assistant", "content": None}) == [{"role": "assistant", "content": ""}]
    assert sent({**CALLING, "content": [text("")]}) == [CALLING]


def test_one_text_part_is_sent_as_text() -> None:
    """The shortest form that says the same is sent, unless the part says more."""
    marked = {"role": "user", "content": [text("Hi", cache_control=MARK)]}

    assert sent({"role": "user", "content": [text("Hi")]}) == [{"role": "user", "content": "Hi"}]
    assert sent(marked) == [marked]


def test_names_are_made_fit() -> None:
    """A name that providers would refuse is sent in a form that they take, or not at all."""
    names = ["Ada Lovelace", "日本", ""]
    made = sent(*({"role": "user", "content": "Hi", "name": name} for name in names))

    assert [message.get("name") for message in made] == ["Ada_Lovelace", None, None]


@pytest.mark.parametrize(
    ("content", "marked"),
    [
        ("Hi", [text("Hi", cache_control=MARK)]),
        ([text("a"), text("b")], [text("a"), text("b", cache_control=MARK)]),
        ([text("a"), IMAGE], [text("a", cache_control=MARK), IMAGE]),
        ([IMAGE, IMAGE], [IMAGE, IMAGE]),
        (
            [text("a"), {"type": "file", "file": {"file_id": "f"}}],
            [text("a"), {"type": "file", "file": {"file_id": "f"}, "cache_control": MARK}],
        ),
    ],
)
def test_a_cache_mark_goes_on_the_last_part_that_may_bear_it(content: Any, marked: Any) -> None:
    """The gateway drops a message's mark and keeps a part's, so both are sent."""
    made = sent({"role": "user", "content": content, "cache_control": MARK})

    assert made == [{"role": "user", "content": marked, "cache_control": MARK}]


def test_a_parts_own_mark_wins() -> None:
    """A part that is marked already keeps its mark."""
    own = {"type": "ephemeral", "ttl": "1h"}
    content = [text("a", cache_control=own)]
    made = sent({"role": "system", "content": content, "cache_control": MARK})

    assert made[0]["content"] == content


def test_every_role_may_be_marked() -> None:
    """Assistant turns and tool results bear cache marks as well."""
    result = {"role": "tool", "content": "42", "tool_call_id": "x", "cache_control": MARK}
    made = sent({"role": "assistant", "content": "Hi", "cache_control": MARK}, CALLING, result)

    assert made[0]["content"] == [text("Hi", cache_control=MARK)]
    assert made[2]["content"] == [text("42", cache_control=MARK)]


def test_a_tool_result_names_its_tool() -> None:
    """The name is looked up from the call where the result has none."""
    made = sent(CALLING, {"role": "tool", "content": "42", "tool_call_id": "x"})

    assert made[1]["name"] == "look"


RESULTS: list[Json] = [
    {"role": "tool", "tool_call_id": "x", "content": [text("See"), IMAGE]},
    {"role": "tool", "tool_call_id": "y", "content": [IMAGE]},
    {"role": "user", "content": "Well?"},
]


def test_pictures_in_results_are_lifted_behind_them() -> None:
    """Most providers see pictures only in a user's message: one follows the last result."""
    made = sent(*RESULTS)

    assert [message["role"] for message in made] == ["tool", "tool", "user", "user"]
    assert [message["content"] for message in made] == [
        "See",
        "(see the next message)",
        [IMAGE, IMAGE],
        "Well?",
    ]
    assert sent(RESULTS[0])[1] == {"role": "user", "content": [IMAGE]}


def test_pictures_in_results_may_stay_or_go() -> None:
    """The other two policies leave them where they are, or out."""
    assert sent(*RESULTS, tool_media="inline")[0]["content"] == [text("See"), IMAGE]
    assert [m["content"] for m in sent(*RESULTS, tool_media="drop")] == [
        "See",
        "(left out)",
        "Well?",
    ]


@pytest.mark.parametrize(
    ("policy", "calling", "plain"),
    [("tool_calls", True, False), ("always", True, True), ("never", False, False)],
)
def test_reasoning_goes_back_as_the_policy_says(
    policy: EchoReasoning, calling: bool, plain: bool
) -> None:
    """Reasoning is told again on turns with tool calls, on all, or on none."""
    turns = ({**CALLING, "reasoning_content": "Hm"}, {"role": "assistant", "content": "Hi"})
    made = sent(turns[0], {**turns[1], "reasoning_content": "Hm"}, echo_reasoning=policy)

    assert ["reasoning_content" in message for message in made] == [calling, plain]


THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "s"}


@pytest.mark.parametrize(
    ("signer", "model", "replayed"),
    [
        ("claude", "claude", True),
        (None, "anthropic/claude-sonnet-4.6", True),
        ("claude", "claude-large", False),
        ("claude", "openai", False),
        (None, "openai", False),
        (None, None, False),
    ],
)
def test_signed_thinking_goes_back_to_its_signer(
    signer: str | None, model: str | None, replayed: bool
) -> None:
    """Only the model that signed a thought gets it again, as the first part of the turn."""
    turn: Json = {"role": "assistant", "content": "Hi", "thinking": [THOUGHT]}
    if signer:
        turn["signed_by"] = signer
    (made,) = sent(turn, model=model)

    assert made["content"] == ([THOUGHT, text("Hi")] if replayed else "Hi")
    assert made.keys() == {"role", "content"}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            {"role": "function", "name": "f", "content": [{"type": "brand_new"}]},
            "a function message takes nothing",
        ),
        ({"role": "assistant", "tool_calls": [{"id": "c"}]}, "tool call 0 needs an id"),
        ({"role": "assistant", "function_call": {"name": "f"}}, "function_call needs a name"),
        ({"role": "user", "content": "Hi", "cache_control": True}, "cache_control is"),
    ],
)
def test_what_the_schema_refuses_is_refused_here(message: Any, words: str) -> None:
    """The gateway's schema does not say which message is wrong; we do."""
    with pytest.raises(InvalidInputError, match=f"message 0: {words}"):
        settle([message], model="openai", policy=Policy())


def test_a_function_message_is_text() -> None:
    """The old kind of tool message takes a string or nothing."""
    parts = [{"type": "text", "text": "3"}]
    made = settle(
        [
            {"role": "function", "name": "f", "content": parts},
            {"role": "function", "name": "f", "content": None},
        ],
        model="openai",
        policy=Policy(),
    )

    assert [message["content"] for message in made] == ["3", None]
