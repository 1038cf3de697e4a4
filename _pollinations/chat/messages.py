"""Makes messages ready to be sent: one policy for both adapters, nothing given is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from _pollinations.chat.parts import Message, check_part, sanitised
from _pollinations.http.errors import InvalidInputError

ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_CACHEABLE = frozenset({"text", "input_audio", "file"})

_CALL = "a name, and its arguments as JSON text"

EchoReasoning = Literal["tool_calls", "always", "never"]
ToolMedia = Literal["lift", "inline", "drop"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How turns of the past are told again.

    Attributes:
        echo_reasoning: On which assistant turns `reasoning_content` goes back: those with tool
            calls (DeepSeek, Kimi and GLM need it there), always, or never.
        tool_media: Pictures and files in tool results: `lift` moves them into one user message
            behind the results (most providers read them only there), `inline` leaves them, `drop`
            leaves them out.
    """

    echo_reasoning: EchoReasoning = "tool_calls"
    tool_media: ToolMedia = "lift"


def settle(
    messages: Sequence[Message], *, model: str | None, policy: Policy
) -> list[dict[str, Any]]:
    """Check a conversation and apply the policy.

    Args:
        messages: Wire messages; an assistant turn may carry `reasoning_content`, and `thinking`
            blocks with `signed_by`, the model that signed them.
        model: The model that will read them.
        policy: How past turns are told.

    Returns:
        New messages that can be sent; parts are shared with the given ones, not copied.

    Raises:
        InvalidInputError: A message cannot be sent; it names the message and the block.
    """
    if not messages:
        raise InvalidInputError("There are no messages to send.")
    settled: list[dict[str, Any]] = []
    lifted: list[dict[str, Any]] = []
    names = _tool_names(messages)
    for place, message in enumerate(messages):
        where = f"message {place}"
        role = message.get("role")
        if role not in ROLES:
            raise InvalidInputError(
                f"{where}: role {role!r} is none of {', '.join(sorted(ROLES))}."
            )
        if lifted and role != "tool":
            settled.append({"role": "user", "content": lifted})
            lifted = []
        if role == "assistant":
            settled.append(_assistant(message, model, policy, where))
        elif role == "tool":
            made, media = _tool(message, names, policy, where)
            settled.append(made)
            lifted += media
        else:
            settled.append(_plain(message, where))
    if lifted:
        settled.append({"role": "user", "content": lifted})
    return settled


def _plain(message: Message, where: str) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message["role"]}
    content = message.get("content")
    if message["role"] == "function":
        if not message.get("name"):
            raise InvalidInputError(f"{where}: a function message needs the function's name.")
        made["content"] = None if content is None else _text(content, where)
    else:
        made["content"] = _content(content, where)
        if not made["content"]:
            raise InvalidInputError(f"{where}: a {message['role']} message needs content.")
    return _finished(made, message, where)


def _assistant(message: Message, model: str | None, policy: Policy, where: str) -> dict[str, Any]:
    made: dict[str, Any] = {"role": "assistant"}
    content = message.get("content")
    content = _content(content, where) if content else None
    signed = message.get("thinking")
    replayed = signed and _signed_here(message.get("signed_by"), model)
    if signed and replayed and policy.echo_reasoning != "never":
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        content = [*signed, *parts]
    if content:
        made["content"] = content
    for number, call in enumerate(message.get("tool_calls") or ()):
        if not _is_whole(call):
            raise InvalidInputError(
                f"{where}: tool call {number} needs an id, the type 'function', {_CALL}."
            )
    if message.get("function_call") and not _is_call(message.get("function_call")):
        raise InvalidInputError(f"{where}: function_call needs {_CALL}.")
    for name in ("tool_calls", "function_call", "audio"):
        if message.get(name):
            made[name] = message.get(name)
    reasoning = message.get("reasoning_content")
    if reasoning and not (signed and replayed) and _echoes(policy, made):
        made["reasoning_content"] = reasoning
    if not made.keys() - {"role", "reasoning_content"}:
        made["content"] = ""
    return _finished(made, message, where)


def _is_whole(call: object) -> bool:
    return (
        isinstance(call, dict)
        and isinstance(call.get("id"), str)
        and call.get("type") == "function"
        and _is_call(call.get("function"))
    )


def _is_call(function: object) -> bool:
    return isinstance(function, dict) and all(
        isinstance(function.get(name), str) for name in ("name", "arguments")
    )


def _signed_here(signer: str | None, model: str | None) -> bool:
    """Only the model that signed a thought reads it again, and only Claude models sign."""
    return signer == model if signer else "claude" in (model or "")


def _echoes(policy: Policy, made: dict[str, Any]) -> bool:
    return policy.echo_reasoning == "always" or (
        policy.echo_reasoning == "tool_calls" and "tool_calls" in made
    )


def _tool(
    message: Message, names: dict[str, str], policy: Policy, where: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    call = message.get("tool_call_id")
    if not call:
        raise InvalidInputError(f"{where}: a tool message needs the tool_call_id that it answers.")
    content = message.get("content")
    media: list[dict[str, Any]] = []
    if isinstance(content, list):
        parts = _parts(content, where)
        if policy.tool_media != "inline":
            media = [part for part in parts if part["type"] != "text"]
            parts = [part for part in parts if part["type"] == "text"]
        content = _shortest(parts) if parts else _stand_in(media, policy)
        if policy.tool_media == "drop":
            media = []
    else:
        content = _content(content, where)
    made: dict[str, Any] = {"role": "tool", "tool_call_id": call, "content": content}
    name = message.get("name") or names.get(call)
    return _finished(made, {**message, "name": name or ""}, where), media


def _stand_in(media: list[dict[str, Any]], policy: Policy) -> str:
    """What a tool message says when all that the tool gave was pictures or files."""
    if not media:
        return ""
    return "(left out)" if policy.tool_media == "drop" else "(see the next message)"


def _tool_names(messages: Sequence[Message]) -> dict[str, str]:
    """Names by call id; some models must be told which tool a result is from."""
    return {
        call["id"]: call["function"]["name"]
        for message in messages
        for call in message.get("tool_calls") or ()
        if _is_whole(call)
    }


def _content(content: object, where: str) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = _parts(content, where)
        return _shortest(parts) if len(parts) == 1 else parts
    if content is None:
        return ""
    raise InvalidInputError(
        f"{where}: content is a string or a list of parts, not {type(content).__name__}."
    )


def _text(content: object, where: str) -> str:
    made = _content(content, where)
    text = made if isinstance(made, str) else _shortest(made)
    if not isinstance(text, str):
        raise InvalidInputError(f"{where}: a function message takes nothing but text.")
    return text


def _parts(content: list[Any], where: str) -> list[dict[str, Any]]:
    checked = (check_part(part, f"{where}, block {place}") for place, part in enumerate(content))
    return [part for part in checked if part is not None]


def _shortest(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """A string where that says the same: many providers know only that in tool messages."""
    if all(part.keys() == {"type", "text"} for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _finished(made: dict[str, Any], message: Message, where: str) -> dict[str, Any]:
    name = sanitised(message.get("name"))
    if name:
        made["name"] = name
    mark = message.get("cache_control")
    if mark:
        if not isinstance(mark, dict) or mark.get("type") != "ephemeral":
            raise InvalidInputError(
                f"{where}: cache_control is {{'type': 'ephemeral'}}, not {mark!r:.80}."
            )
        if made["role"] == "function":
            raise InvalidInputError(f"{where}: a function message takes no cache_control.")
        made["cache_control"] = mark
        made["content"] = _marked(made.get("content"), dict(mark))
    return made


def _marked(content: object, mark: dict[str, Any]) -> object:
    """The gateway drops a message's cache mark but keeps a part's: it goes on the last that may."""
    if isinstance(content, str) and content:
        return [{"type": "text", "text": content, "cache_control": mark}]
    if isinstance(content, list):
        for place in range(len(content) - 1, -1, -1):
            if content[place].get("type") in _CACHEABLE:
                marked = {"cache_control": mark, **content[place]}
                return [*content[:place], marked, *content[place + 1 :]]
    return content
