"""Prepares messages to be sent: one policy for both adapters; the given ones are not changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from _pollinations.chat.history import NOT_ANSWERED, NOT_RUN, Turn, read_call, with_results
from _pollinations.chat.message_blocks import Content, Origin, read, result_of
from _pollinations.chat.names import sanitised
from _pollinations.chat.providers import family_of
from _pollinations.chat.wire_parts import Message, Part, marked, text_part
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import items, mapping
from _pollinations.http.values import text as text_of

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_INSTRUCTIONS = frozenset({"system", "developer"})
_NO_ANSWER = "(no answer)"
_ORIGINS: dict[str, Origin] = {"assistant": "model", "tool": "tool"}
_OTHER_NAMES = {
    "human": "user",
    "ai": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
    "function": "tool",  # deprecated; without an id, the name says which call it answers
}

EchoReasoning = Literal["tool_calls", "always", "never"]
ToolMedia = Literal["user_message", "inline", "drop"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How past turns are sent.

    Attributes:
        echo_reasoning: On which assistant turns `reasoning_content` is sent again: those with tool
            calls (DeepSeek, Kimi and GLM need it there), always, or never.
        tool_media: Pictures and files in tool results: `user_message` moves them into one user
            message behind the results (most providers read them only there), `inline` leaves them,
            `drop` leaves them out.
    """

    echo_reasoning: EchoReasoning = "tool_calls"
    tool_media: ToolMedia = "user_message"


def prepare(
    messages: Sequence[Message], *, model: str | None, policy: Policy
) -> list[dict[str, Any]]:
    """Check a conversation and apply the policy.

    Blocks of any provider become parts of the wire (`message_blocks`), each tool call has one
    result (`history`), and an empty system message is left out. An empty message of the user is
    sent as an empty text, which the gateway replaces, and one of the model says that it is empty:
    they cannot leave a thread any more.

    Args:
        messages: Messages as the adapters translate them. An assistant turn may carry
            `reasoning_content`, and `thinking` blocks with `signed_by`, the model that signed them.
        model: The model that will read them.
        policy: How past turns are sent.

    Returns:
        New messages that can be sent; large parts are shared with the given ones, not copied.

    Raises:
        InvalidInputError: A message cannot be sent, or there is nothing to send; it names the
            message and the block.

    Example:
        >>> prepare([{"role": "user", "content": "Hi"}], model="openai", policy=Policy())
        [{'role': 'user', 'content': 'Hi'}]
    """
    turns = with_results(
        turn
        for place, message in enumerate(messages)
        for turn in _turns(message, f"message {place}")
    )
    if not any(_says_something(turn) for turn in turns):
        what = "every message is empty" if messages else "there are no messages"
        raise InvalidInputError(f"There is nothing to send: {what}. Add a user message with text.")
    if family_of(model).one_instruction:
        turns = _with_one_instruction(turns)
    return [message for turn in turns for message in _sent(turn, model, policy)]


def _with_one_instruction(turns: list[Turn]) -> list[Turn]:
    """Make one text of all instructions, at the beginning; the last of their cache marks stays.

    Media in them follow in a message of the user.
    """
    instructions = [turn for turn in turns if turn["role"] in _INSTRUCTIONS]
    if not instructions:
        return turns
    parts = [part for turn in instructions for part in turn["content"]]
    texts = [part for part in parts if part["type"] == "text"]
    marks = [part["cache_control"] for part in texts if "cache_control" in part]
    text = text_part("\n\n".join(part["text"] for part in texts))
    if marks:
        text["cache_control"] = marks[-1]
    media = [part for part in parts if part["type"] != "text"]
    moved: list[Turn] = [{"role": "user", "content": media}] if media else []
    others = [turn for turn in turns if turn["role"] not in _INSTRUCTIONS]
    return [{**instructions[0], "content": [text]}, *moved, *others]


def _turns(message: Mapping[str, Any], where: str) -> Iterator[Turn]:
    """Read a message; the results of tools in a user's message become messages of their own."""
    role = message.get("role")
    role = _OTHER_NAMES.get(role, role) if isinstance(role, str) else None
    if role not in ROLES:
        raise InvalidInputError(
            f"{where}: role {message.get('role')!r} is none of {', '.join(sorted(ROLES))}."
        )
    content = read(message.get("content"), where, _ORIGINS.get(role, "user"))
    mark = mapping(message.get("cache_control"))
    if mark:  # the gateway drops a message's mark and keeps a part's
        content.parts = marked(content.parts, mark) or content.parts
    turn: Turn = {**message, "role": role, "content": content.parts, "tool_calls": []}
    if role == "assistant":
        yield turn | _past(message, content, where)
        return
    for block in content.results:
        yield from _turns(result_of(block), where)
    if content.parts or not content.results:
        yield turn


def _past(message: Mapping[str, Any], content: Content, where: str) -> Turn:
    """What a model did in a past turn, from the message's keys or else from its blocks."""
    calls = items(message.get("tool_calls")) or [message.get("function_call")]
    listed = [call for call in map(read_call, calls) if call]
    thoughts = content.thoughts
    if message.get("thinking"):
        thoughts = read(message["thinking"], where, "model").thoughts or thoughts
    words = "".join(block.get("thinking", "") for block in content.thoughts)
    details = [one for block in thoughts for one in block.pop("reasoning_details", ())]
    return {
        "tool_calls": listed or [call for call in map(read_call, content.calls) if call],
        "thinking": [block for block in thoughts if block.get("signature") or block.get("data")],
        "reasoning_content": text_of(message.get("reasoning_content")) or words,
        "reasoning_details": details,
    }


def _sent(turn: Turn, model: str | None, policy: Policy) -> Iterator[dict[str, Any]]:
    """The messages of one turn; the results of its calls follow an assistant's turn, then media."""
    role, parts = turn["role"], turn["content"]
    if role == "assistant":
        yield from _assistant(turn, model, policy)
    elif role == "tool":
        # Its call is gone: as a tool's message it would be refused.
        name = text_of(turn.get("name"))
        head = text_part(f"Result of the tool {name}:" if name else "Result of a tool:")
        if policy.tool_media == "drop":
            parts, _ = _without_media(parts, policy)
        yield _finished("user", _short([head, *parts], joined=True), {**turn, "name": None})
    elif role == "user" or not _is_blank(parts):
        yield _finished(role, "" if _is_blank(parts) else _short(parts), turn)


def _assistant(turn: Turn, model: str | None, policy: Policy) -> Iterator[dict[str, Any]]:
    parts = [] if _is_blank(turn["content"]) else turn["content"]
    # Only the model that signed a thought reads it again, and only Claude models sign.
    signer = turn.get("signed_by")
    reads_signed = signer == model if signer else family_of(model).signs_thoughts
    signed = turn["thinking"] if reads_signed else []
    if policy.echo_reasoning != "never":
        parts = [*signed, *parts]
    calls = turn["tool_calls"]
    content: str | Sequence[Part] | None = None
    if parts:
        content = _short(parts)
    elif not calls:
        content = _NO_ANSWER  # Claude and Gemini refuse an empty text
    more: dict[str, Any] = {"tool_calls": [call.wire for call in calls] or None}
    if policy.echo_reasoning == "always" or (policy.echo_reasoning == "tool_calls" and calls):
        # OpenRouter's, without which Gemini refuses the results of its calls.
        details = turn["reasoning_details"] if signer == model else []
        more["reasoning_details"] = details or None
        if not (signed or details):
            more["reasoning_content"] = turn["reasoning_content"] or None
    yield _finished("assistant", content, turn, more)
    moved: list[Part] = []
    for call in calls:
        result = call.result or {}
        parts, media = _without_media(result.get("content", ()), policy)
        text = _short(parts, joined=True)
        if not result:
            text = NOT_ANSWERED if call.valid else NOT_RUN
        named = {**result, "name": result.get("name") or call.name}
        yield _finished("tool", text, named, {"tool_call_id": call.id})
        moved += media
    if moved:
        yield {"role": "user", "content": moved}


def _without_media(parts: Sequence[Part], policy: Policy) -> tuple[Sequence[Part], list[Part]]:
    """Part a tool's result in what stays in it, and the media that move to a user message."""
    media = [part for part in parts if part["type"] != "text"]
    if policy.tool_media == "inline" or not media:
        return parts, []
    dropped = policy.tool_media == "drop"
    note = text_part("(left out)" if dropped else "(see the next message)")
    texts = [part for part in parts if part["type"] == "text"]
    return texts or [note], [] if dropped else media


def _says_something(turn: Turn) -> bool:
    return bool(turn["tool_calls"]) or turn["role"] == "tool" or not _is_blank(turn["content"])


def _is_blank(parts: list[Part]) -> bool:
    """Whether there is nothing to read in it: Claude answers 400 to a text of blanks."""
    return all(part["type"] == "text" and not part["text"].strip() for part in parts)


def _short(parts: Sequence[Part], *, joined: bool = False) -> str | Sequence[Part]:
    """Spell parts as a string where that says the same, also several texts if they may be joined.

    In a tool's result many providers read only that.
    """
    plain = all(part.keys() == {"type", "text"} for part in parts)
    if plain and (joined or len(parts) < 2):  # noqa: PLR2004 - one
        return "\n".join(part["text"] for part in parts)
    return parts


def _finished(
    role: str,
    content: str | Sequence[Part] | None,
    turn: Turn,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A message with the name of its turn."""
    message: dict[str, Any] = {"role": role, "content": content, **(more or {})}
    # Names of tools are spelled for the provider where the tools are, and stay the same there.
    name = text_of(turn.get("name"))
    message["name"] = name if role == "tool" else sanitised(name)
    return {name: value for name, value in message.items() if value is not None}
