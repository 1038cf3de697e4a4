"""Chat calls by the fields of a model: which models are tried, and what a call's options become."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, Any

from _pollinations.chat import completions
from _pollinations.chat.reply import Delta, Reply
from _pollinations.connection import AUTO, Connection
from _pollinations.fields import ChatFields
from _pollinations.http.call import Call, Stream
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.models.fallback import ChatFallback, StepT
from _pollinations.models.methods import TEXT, Methods, takes_tools
from _pollinations.models.requirements import Requirements

if TYPE_CHECKING:
    from _pollinations.models.catalog import Snapshot
    from _pollinations.models.model import Model

_MAX_TOKENS = frozenset({"max_tokens", "max_completion_tokens"})


def whole(fields: ChatFields, body: Mapping[str, Any]) -> Call[Reply]:
    """Make the call for a whole answer."""
    return completions.complete(body, path=fields.chat_path or completions.PATH)


def pieces(fields: ChatFields, body: Mapping[str, Any]) -> Stream[Delta]:
    """Make the call for an answer in pieces."""
    path = fields.chat_path or completions.PATH
    return completions.stream(body, include_usage=fields.stream_usage, path=path)


def fallback(
    fields: ChatFields,
    connection: Connection,
    make: Callable[[ChatFields, Mapping[str, Any]], StepT],
    model: str,
    bodies: Callable[[str, Mapping[str, Any]], Mapping[str, Any]],
    *,
    known: "Snapshot | None",
    escalated: bool,
    methods: Mapping[str, Mapping[str, Any]] = TEXT,
    calls_tools: "Callable[[str, Sequence[Model]], bool]" = takes_tools,
) -> ChatFallback[StepT]:
    """Decide which models are tried in which order, and by which methods.

    Args:
        fields: The options of the model.
        connection: What its calls share.
        make: `whole` or `pieces`.
        model: The name to ask for; "auto" stands for the best ones.
        bodies: Makes the body of a call for a model and what a method adds to the options.
        known: The models and prices, if they were read.
        escalated: Whether the larger model is tried first.
        methods: What each method of structured output adds to the options, best first.
        calls_tools: Whether a model can be forced to call a tool.

    Returns:
        What a client sends.

    Raises:
        InvalidInputError: No model fulfils `require`.
    """
    selected = partial(_selected, fields.require)
    names = [model]
    if model == AUTO:
        names = [*selected(known)]
        if not names:
            raise InvalidInputError(f"No model of the gateway fulfils require={fields.require}.")
    if escalated and fields.escalate_to:
        names.insert(0, fields.escalate_to)
    names = [*dict.fromkeys([*names, *fields.fallback_models])]
    models = known.models if known else ()
    return ChatFallback(
        names,
        Methods(
            methods, bodies, connection.accepted_methods, lambda name: calls_tools(name, models)
        ),
        partial(make, fields),
        known=models,
        circuit_breaker=connection.circuit_breaker,
        catalog=connection.catalog() if model == AUTO else None,
        select=selected,
    )


def _selected(require: Requirements | None, known: "Snapshot | None") -> tuple[str, ...]:
    """The models that "auto" stands for."""
    # Imported here, since only "auto" needs them.
    from _pollinations.models.selection import TEXT_ORDER, names_for  # noqa: PLC0415

    if known is None:
        return TEXT_ORDER
    return names_for(known.models, require) if require else known.chosen["text"]


def is_escalated(
    fields: ChatFields,
    messages: Any,  # noqa: ANN401 - each framework has its own
    tokens: Callable[[], int],
) -> bool:
    """Whether the messages are a case for the larger model."""
    when = fields.escalate_when
    if when is None or fields.escalate_to is None:
        return False
    return when(messages) if callable(when) else tokens() > when


def check_requirements(require: Requirements | None, model: str) -> None:
    """Refuse requirements that would have no effect.

    Raises:
        InvalidInputError: A name is unknown, or the model is named and not "auto".
    """
    refuse_unknown(require or (), Requirements.__annotations__, owner="require")
    if require is not None and model != AUTO:
        raise InvalidInputError(
            f'require selects a model where model="auto" is set; this one is {model!r}. Leave '
            "require out, or the model."
        )


def overridden(fields: Mapping[str, Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the options of a call into the fields; `max_tokens` is one option with two names.

    Example:
        >>> overridden({"max_completion_tokens": 500, "seed": 1}, {"max_tokens": 20})
        {'seed': 1, 'max_tokens': 20}
    """
    renamed = any(kwargs.get(name) is not None for name in _MAX_TOKENS)
    others = {k: v for k, v in fields.items() if not (renamed and k in _MAX_TOKENS)}
    return {**others, **kwargs}


def without_unsent(kwargs: Mapping[str, Any], unsent: AbstractSet[str]) -> dict[str, Any]:
    """Leave out what frameworks pass to every model and the gateway does not need.

    Args:
        kwargs: The options of a call.
        unsent: Names that are never sent.

    Example:
        >>> without_unsent({"n": 1, "seed": 3, "extra_headers": {}}, {"extra_headers"})
        {'seed': 3}
    """
    return {
        name: value
        for name, value in kwargs.items()
        if name not in unsent and not (name == "n" and (value is None or value == 1))
    }
