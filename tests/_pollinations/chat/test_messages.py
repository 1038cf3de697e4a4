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
    given: Any = copy.deepcopy(list(messages))
    made = prepare(given, model=model, policy=Policy(**policy))
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
    ],
)
def test_good_messages_travel_as_they_are(message: Json) -> None:
    """Every role and shape that the gateway takes is sent unchanged."""
    assert sent(message) == [message]


@pytest.mark.parametrize(
    "message",
    [
        {"content": "Hi"},
        {"role": "narrator", "content": "Hi"},
        {"role": ["user"], "content": "Hi"},
        {"role": "user", "content": 7},
        {"role": "user", "content": [text("Hi"), 7]},
        {"role": "user", "content": "Hi", "cache_control": True},
        {"role": "assistant", "content": 7},
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


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": [text(" ")]}],
        [{"role": "system", "content": ""}, {"role": "user", "content": None}],
        [{"role": "developer", "content": "\n"}],
        [{"role": "assistant", "content": []}],
    ],
)
def test_a_request_with_nothing_to_say_is_refused(messages: list[Json]) -> None:
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
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_an_empty_turn_stays_a_turn(role: str, empty: Any) -> None:
    """It is in a memory or a checkpoint, and must not stop every later turn."""
    assert sent({"role": role, "content": empty}, HI)[0] == {"role": role, "content": ""}


def test_an_empty_turn_with_calls_has_no_content() -> None:
    """Some providers refuse an empty text beside calls, others null: the key is left out."""
    assert sent({**CALLING, "content": [text("")]})[0] == CALLING


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
    {"role": "assistant", "tool_calls": [CALL, {**CALL, "id": "y"}]},
    {"role": "tool", "tool_call_id": "x", "content": [text("See"), IMAGE]},
    {"role": "tool", "tool_call_id": "y", "content": [IMAGE]},
    {"role": "user", "content": "Well?"},
]


@pytest.mark.parametrize(
    ("policy", "contents"),
    [
        ("user_message", ["See", "(see the next message)", [IMAGE, IMAGE], "Well?"]),
        ("inline", [[text("See"), IMAGE], [IMAGE], "Well?"]),
        ("drop", ["See", "(left out)", "Well?"]),
    ],
)
def test_pictures_in_results_go_where_the_policy_says(policy: str, contents: list[Any]) -> None:
    """Most providers see pictures only in a user's message: one follows the last result."""
    assert [message["content"] for message in sent(*RESULTS, tool_media=policy)[1:]] == contents


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

    assert ["reasoning_content" in made[place] for place in (0, 2)] == [calling, plain]


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
    ("role", "sent_as"), [("human", "user"), ("ai", "assistant"), ("model", "assistant")]
)
def test_roles_of_other_programs_are_known(role: str, sent_as: str) -> None:
    """LangChain, LlamaIndex and Google have names of their own."""
    assert sent({"role": role, "content": "Hi"}) == [{"role": sent_as, "content": "Hi"}]


def test_results_in_a_users_message_become_messages() -> None:
    """Anthropic's histories answer calls in the turn of the user."""
    calling = {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "look"}]}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [text("3")]}

    made = sent(calling, {"role": "user", "content": [result, text("Well?")]})

    assert [message["role"] for message in made] == ["assistant", "tool", "user"]
    assert made[0]["tool_calls"][0]["function"] == {"name": "look", "arguments": "{}"}
    assert made[1] == {"role": "tool", "tool_call_id": "t", "content": "3", "name": "look"}


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
