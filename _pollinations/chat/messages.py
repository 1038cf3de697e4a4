"""Makes messages ready to be sent: one policy for both adapters; what was given is not changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from _pollinations.chat.blocks import Origin, read, result_of
from _pollinations.chat.history import (
    NOT_ANSWERED,
    NOT_RUN,
    History,
    read_call,
)
from _pollinations.chat.parts import Message, marked, sanitised, text_part
from _pollinations.chat.providers import family_of
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import items
from _pollinations.http.values import text as text_of

ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_ORIGINS: dict[str, Origin] = {"assistant": "model", "tool": "tool", "function": "tool"}
_OTHER_NAMES = {"human": "user", "ai": "assistant", "chatbot": "assistant", "model": "assistant"}

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


Part = dict[str, Any]
Turn = dict[str, Any]
"""A message on its way: its `content` are parts, its `tool_calls` are `PastCall` objects."""


def prepare(
    messages: Sequence[Message], *, model: str | None, policy: Policy
) -> list[dict[str, Any]]:
    """Check a conversation and apply the policy.

    Blocks of any provider become parts of the wire (`blocks.read`), each tool call has one result
    (`history`), an empty system message is left out, and an empty message of the user is sent as
    an empty text, since it cannot leave a thread any more.

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
    turns = [
        turn
        for place, message in enumerate(messages)
        for turn in _turns(message, f"message {place}")
    ]
    history = History(turns)
    sent = [
        made
        for place, turn in enumerate(turns)
        for made in _made(turn, place, history, model, policy)
    ]
    if not any(made.keys() - {"role", "name", "content"} or made.get("content") for made in sent):
        what = "every message is empty" if messages else "there are no messages"
        raise InvalidInputError(f"There is nothing to send: {what}. Give one of the user a text.")
    return sent


def _turns(message: Message, where: str) -> Iterator[Turn]:
    """Read a message; the results of tools in a user's message become messages of their own."""
    role = message.get("role")
    role = _OTHER_NAMES.get(role, role) if isinstance(role, str) else None
    if role not in ROLES:
        raise InvalidInputError(
            f"{where}: role {message.get('role')!r} is none of {', '.join(sorted(ROLES))}."
        )
    content = read(message.get("content"), where, _ORIGINS.get(role, "user"))
    mark = message.get("cache_control")
    if mark and (not isinstance(mark, dict) or mark.get("type") != "ephemeral"):
        raise InvalidInputError(
            f"{where}: cache_control is {{'type': 'ephemeral'}}, not {mark!r:.80}."
        )
    for block in content.results:
        yield from _turns(result_of(block), where)  # type: ignore[arg-type] # a message
    turn: Turn = {**message, "role": role, "content": content.parts, "tool_calls": []}
    if role == "assistant":
        listed = [read_call(call) for call in items(message.get("tool_calls"))]
        turn["tool_calls"] = [call for call in listed if call] or [
            call for call in map(read_call, content.calls) if call
        ]
        thoughts = content.thoughts
        if message.get("thinking"):
            thoughts = read(message["thinking"], where, "model").thoughts or thoughts
        turn["thinking"] = [block for block in thoughts if block.keys() & {"signature", "data"}]
        turn["reasoning_content"] = text_of(message.get("reasoning_content")) or "".join(
            block.get("thinking", "") for block in content.thoughts
        )
        turn["function_call"] = read_call(message.get("function_call"))
    elif role == "function" and not text_of(message.get("name")):
        raise InvalidInputError(f"{where}: a function message needs the function's name.")
    if role != "user" or content.parts or not content.results:
        yield turn


def _made(
    turn: Turn, place: int, history: History, model: str | None, policy: Policy
) -> Iterator[dict[str, Any]]:
    """What one turn becomes; the results of its calls follow an assistant's turn."""
    role, parts = turn["role"], turn["content"]
    if role == "assistant":
        yield from _assistant(turn, place, history, model, policy)
    elif role == "tool":
        if not history.is_taken(place):
            yield _without_call(turn, policy)
    elif role == "function":
        if not history.is_taken(place):
            parts, media = _without_media(parts, policy)
            name = text_of(turn["name"])
            yield {"role": role, "content": _text(parts), "name": name}
            yield from _shown(media)
    elif role == "user" or not _is_blank(parts):
        yield _finished({"role": role, "content": "" if _is_blank(parts) else _short(parts)}, turn)


def _assistant(
    turn: Turn, place: int, history: History, model: str | None, policy: Policy
) -> Iterator[dict[str, Any]]:
    made: dict[str, Any] = {"role": "assistant"}
    parts = [] if _is_blank(turn["content"]) else turn["content"]
    signed = turn["thinking"]
    replayed = signed and _is_signed_by(turn.get("signed_by"), model)
    if replayed and policy.echo_reasoning != "never":
        parts = [*signed, *parts]
    if parts:
        made["content"] = _short(parts)
    results = history.results(place)
    if turn["tool_calls"]:
        made["tool_calls"] = [call.wire for call in turn["tool_calls"]]
    elif turn["function_call"]:
        made["function_call"] = turn["function_call"].wire["function"]
    if turn.get("audio"):
        made["audio"] = turn["audio"]
    if turn["reasoning_content"] and not replayed and _echoes(policy, made):
        made["reasoning_content"] = turn["reasoning_content"]
    if not made.keys() - {"role", "reasoning_content"}:
        made["content"] = ""
    yield _finished(made, turn)
    moved: list[dict[str, Any]] = []
    for call, result in results:
        parts, media = _without_media(result["content"], policy) if result else ([], [])
        missing = NOT_ANSWERED if call.valid else NOT_RUN
        answer = {
            "role": "tool",
            "tool_call_id": call.id,
            "content": _short(parts, joined=True) if result else missing,
        }
        given = result or {}
        yield _finished(answer, {**given, "name": given.get("name") or call.name})
        moved += media
    yield from _shown(moved)


def _is_signed_by(signer: str | None, model: str | None) -> bool:
    """Only the model that signed a thought reads it again, and only Claude models sign."""
    return signer == model if signer else family_of(model).signs_thoughts


def _echoes(policy: Policy, made: dict[str, Any]) -> bool:
    return policy.echo_reasoning == "always" or (
        policy.echo_reasoning == "tool_calls" and "tool_calls" in made
    )


def _shown(media: list[Part]) -> Iterator[dict[str, Any]]:
    """Media that tools returned, in a message of the user."""
    if media:
        yield {"role": "user", "content": media}


def _without_media(parts: list[Part], policy: Policy) -> tuple[list[Part], list[Part]]:
    """Part a tool's result in what stays in it, and the media that move to a user message."""
    media = [part for part in parts if part["type"] != "text"]
    if policy.tool_media == "inline" or not media:
        return parts, []
    dropped = policy.tool_media == "drop"
    parts = [part for part in parts if part["type"] == "text"]
    if not parts:
        parts = [text_part("(left out)" if dropped else "(see the next message)")]
    return parts, [] if dropped else media


def _without_call(turn: Turn, policy: Policy) -> dict[str, Any]:
    """A result whose call is gone, as a message of the user: as a tool's it would be refused."""
    parts, media = _without_media(turn["content"], policy)
    name = text_of(turn.get("name"))
    head = text_part(f"Result of the tool {name}:" if name else "Result of a tool:")
    content = _short([head, *(turn["content"] if media else parts)], joined=True)
    return _finished(
        {"role": "user", "content": content}, {"cache_control": turn.get("cache_control")}
    )


def _is_blank(parts: list[Part]) -> bool:
    """Whether there is nothing to read in it: Claude answers 400 to a text of blanks."""
    return all(part["type"] == "text" and not part["text"].strip() for part in parts)


def _short(parts: list[Part], *, joined: bool = False) -> str | list[Part]:
    """Spell parts as a string where that says the same, also several texts if they may be joined.

    In a tool's result many providers read only that.
    """
    plain = all(part.keys() == {"type", "text"} for part in parts)
    return _text(parts) if plain and (joined or len(parts) < 2) else parts  # noqa: PLR2004 - one


def _text(parts: list[Part]) -> str:
    return "\n".join(part["text"] for part in parts if part["type"] == "text")


def _finished(made: dict[str, Any], turn: Mapping[str, Any]) -> dict[str, Any]:
    # Names of tools are spelled for the provider where the tools are, and stay the same there.
    name = text_of(turn.get("name"))
    name = name if made["role"] in {"tool", "function"} else sanitised(name)
    if name:
        made["name"] = name
    mark = turn.get("cache_control")
    if mark:
        # The gateway drops a message's mark but keeps a part's.
        content = made.get("content")
        parts = [text_part(content)] if content and isinstance(content, str) else content
        made["cache_control"] = mark
        made["content"] = marked(parts or [], dict(mark)) or content
    return made
