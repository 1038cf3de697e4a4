"""What every LlamaIndex model owes its callers, in both colours, over a real socket."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
)
from llama_index.core.callbacks import (
    CallbackManager,
    CBEventType,
    EventPayload,
    LlamaDebugHandler,
    TokenCountingHandler,
)
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.tools import FunctionTool

from llama_index_pollinations import (
    Pollinations,
    PollinationsError,
    ServerError,
    StructuredOutputError,
)
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]
HI = [ChatMessage("Hi")]
LONG: dict[str, Any] = {
    "stream_chat": [ChatMessage("Tell me a long story.")],
    "stream_complete": "Tell me a long story.",
}
METHODS = ("chat", "complete", "stream_chat", "stream_complete")
STREAMS = METHODS[2:]
ODD_CALLS = (
    "null-holes",
    "no-index",
    "no-ids",
    "same-index-new-id",
    "several-calls-one-delta",
    "arguments-object",
)


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The gateway of January 2026, and of October."""
    with Sandbox(api=request.param) as sandbox:
        yield sandbox


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


TOOLS = [FunctionTool.from_defaults(add), FunctionTool.from_defaults(multiply)]


def ask(colour: Any, llm: Any, method: str, given: Any = None, **kwargs: Any) -> list[Any]:
    """Use any of the four methods; whole answers are lists of one."""
    given = given or (HI if "chat" in method else "Hi")
    if method.startswith("stream"):
        return colour.pieces(llm, method, given, **kwargs)
    return [colour.whole(llm, method, given, **kwargs)]


def said(response: Any) -> str:
    """The text of a chat's response or of a completion's."""
    return response.message.content if hasattr(response, "message") else response.text


def shown(response: Any) -> dict[str, Any]:
    return json.loads(response.model_dump_json())


class Heard(BaseEventHandler):
    """Every event, in order, and what its response said then."""

    events: list[Any] = []  # noqa: RUF012 - a field of pydantic's, copied for each
    responses: list[str] = []  # noqa: RUF012 - the same

    @classmethod
    def class_name(cls) -> str:
        """Return the class's name."""
        return "Heard"

    def handle(self, event: Any, **kwargs: Any) -> None:
        """Take note of an event."""
        del kwargs
        self.events.append(event)
        if getattr(event, "response", None):
            self.responses.append(event.response.model_dump_json())


@contextmanager
def listening() -> Iterator[Heard]:
    """Hear what the root dispatcher is told."""
    heard = Heard(events=[], responses=[])
    root = get_dispatcher()
    before = root.event_handlers
    root.event_handlers = [*before, heard]
    try:
        yield heard
    finally:
        root.event_handlers = before


# Reading answers


@pytest.mark.parametrize("method", METHODS)
def test_all_eight_methods_answer(llm: Pollinations, colour: Any, method: str) -> None:
    """Whole or in pieces, a chat or a completion, all say the same."""
    assert said(ask(colour, llm, method)[-1]) == llm.chat(HI).message.content


@pytest.mark.parametrize("method", METHODS)
def test_completions_call_tools_too(llm: Pollinations, colour: Any, method: str) -> None:
    """A call that no text tells of is in `additional_kwargs`, whole or streamed."""
    tools = [tool.metadata.to_openai_tool() for tool in TOOLS]
    given = "What is 3 plus 4?"
    asked = [ChatMessage(given)] if "chat" in method else given

    last = ask(colour, llm, method, asked, tools=tools)[-1]

    told = (last.message if "chat" in method else last).additional_kwargs
    assert [call["function"]["name"] for call in told["tool_calls"]] == ["add"]


def test_a_first_piece_of_mere_reasoning_is_not_lost(
    llm: Pollinations, sandbox: Sandbox, colour: Any, sse: Callable[..., bytes]
) -> None:
    """Every thought reaches `thinking_delta`, the first one too."""
    sandbox.reply(sse(*({"reasoning_content": f"R{n} "} for n in range(3)), {"content": "Hi"}))

    pieces = colour.pieces(llm, "stream_chat", HI)
    told = [piece.additional_kwargs.get("thinking_delta") for piece in pieces]

    assert [thought for thought in told if thought] == ["R0 ", "R1 ", "R2 "]
    assert pieces[-1].message.blocks[0].content == "R0 R1 R2 "


def test_raw_is_a_plain_dictionary(llm: Pollinations, colour: Any) -> None:
    """Agents and token counters read it as one; whole answers keep the body as it came."""
    for method in METHODS:
        for response in ask(colour, llm, method):
            assert type(response.raw) is dict
    whole = colour.whole(llm, "chat", HI)

    assert whole.raw["choices"][0]["message"]["content"] == whole.message.content


def test_metadata_is_in_additional_kwargs(llm: Pollinations, colour: Any) -> None:
    """The last response tells counts, both model names, the reason and the filters."""
    for method in METHODS:
        told = ask(colour, llm, method)[-1].additional_kwargs
        assert told["model_name"] == "openai"
        assert told["model"] != "openai"
        assert told["finish_reason"] == "stop"
        assert told["prompt_tokens"] + told["completion_tokens"] == told["total_tokens"]
        assert told["prompt_filter_results"]
        assert told["headers"]["x-request-id"]


@pytest.mark.parametrize("method", METHODS)
def test_what_came_beside_the_text_is_kept(make: Make, colour: Any, method: str) -> None:
    """Log probabilities, filters and content blocks, in `raw` and in `additional_kwargs`."""
    plain = ask(colour, make(logprobs=True, top_logprobs=2), method)[-1]
    thinking = ask(colour, make(model="claude", reasoning_effort="high"), method)[-1]

    (choice,) = plain.raw["choices"]
    assert "".join(tokens[0].token for tokens in plain.logprobs) == said(plain)
    assert plain.additional_kwargs["logprobs"] == choice["logprobs"]
    assert plain.additional_kwargs["prompt_filter_results"] == plain.raw["prompt_filter_results"]
    kinds = [block["type"] for block in thinking.additional_kwargs["content_blocks"]]
    assert kinds[0] == "thinking"


# Counting tokens


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", ["openai", "gemini", "claude"])
def test_tokens_are_counted_exactly_and_once(
    make: Make, colour: Any, method: str, model: str
) -> None:
    """The handler reads the provider's numbers, from one event, in every mode."""
    counter = TokenCountingHandler()
    llm = make(model=model, callback_manager=CallbackManager([counter]))

    told = ask(colour, llm, method)[-1].additional_kwargs

    assert len(counter.llm_token_counts) == 1
    assert counter.prompt_llm_token_count == told["prompt_tokens"]
    assert counter.completion_llm_token_count == told["completion_tokens"]


# Events


@pytest.mark.parametrize("method", METHODS)
def test_one_call_is_one_event(llm: Pollinations, colour: Any, method: str) -> None:
    """Start, each piece, end: of the method that was called, and of no other."""
    with listening() as heard:
        pieces = ask(colour, llm, method)
    kind = "Chat" if "chat" in method else "Completion"
    between = [f"LLM{kind}InProgressEvent"] * len(pieces) if "stream" in method else []

    names = [type(event).__name__ for event in heard.events]
    assert names == [f"LLM{kind}StartEvent", *between, f"LLM{kind}EndEvent"]


@pytest.mark.parametrize("method", METHODS)
def test_the_last_event_holds_the_answer(llm: Pollinations, colour: Any, method: str) -> None:
    """Tracers find text, counts and metadata in what ends a call."""
    with listening() as heard:
        last = ask(colour, llm, method)[-1]
    end = heard.events[-1]

    assert end.response == last
    assert end.response.raw["usage"]["total_tokens"] == last.additional_kwargs["total_tokens"]


@pytest.mark.parametrize("method", METHODS)
def test_callbacks_come_in_pairs(make: Make, colour: Any, method: str) -> None:
    """A start with what is asked, and after the last piece an end with the last response."""
    handler = LlamaDebugHandler(print_trace_on_end=False)
    llm = make(callback_manager=CallbackManager([handler]))

    last = ask(colour, llm, method)[-1]
    ((start, end),) = handler.get_event_pairs(CBEventType.LLM)

    asked, told = (
        (EventPayload.MESSAGES, EventPayload.RESPONSE)
        if "chat" in method
        else (EventPayload.PROMPT, EventPayload.COMPLETION)
    )
    assert start.payload[asked] == (HI if "chat" in method else "Hi")
    assert "openai" in start.payload[EventPayload.SERIALIZED].values()
    assert end.payload[told] == last


@pytest.mark.parametrize("method", METHODS)
def test_callbacks_are_told_of_errors(
    make: Make, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """A pair too, whose end holds the typed error."""
    handler = LlamaDebugHandler(print_trace_on_end=False)
    llm = make(max_retries=0, callback_manager=CallbackManager([handler]))
    sandbox.fail(Fault.status(503))

    with pytest.raises(ServerError) as caught:
        ask(colour, llm, method)
    ((_, end),) = handler.get_event_pairs(CBEventType.LLM)

    assert end.payload == {EventPayload.EXCEPTION: caught.value}


def test_events_hold_no_key(llm: Pollinations, sandbox: Sandbox, colour: Any) -> None:
    """Whatever listens may write down what it hears."""
    with listening() as heard:
        for method in METHODS:
            ask(colour, llm, method)

    assert sandbox.api_key not in "".join(event.model_dump_json() for event in heard.events)


@pytest.mark.parametrize("kept", [False, True], ids=["", "with a listener that keeps all"])
@pytest.mark.parametrize("method", STREAMS)
def test_an_abandoned_stream_closes_its_connection(method: str, kept: bool) -> None:
    """Breaking off leaves nothing open, whatever is kept of the exception that it makes."""
    with Sandbox() as own, listening() if kept else nullcontext():
        llm = Pollinations(base_url=own.base_url, api_key=own.api_key)
        for leave in (next, lambda stream: [next(stream), stream.close()]):
            own.fail(Fault.slow(0.05))
            leave(getattr(llm, method)(LONG[method]))
            ticks = threading.Event()
            for _ in range(100):
                if own.open_connections == 0:
                    break
                ticks.wait(0.02)

            assert own.open_connections == 0


@pytest.mark.parametrize("kept", [False, True], ids=["", "with a listener that keeps all"])
@pytest.mark.parametrize("method", STREAMS)
async def test_an_abandoned_asynchronous_stream_closes_its_connection(
    method: str, kept: bool
) -> None:
    """The same holds for coroutines."""

    async def close(stream: Any) -> None:
        await anext(stream)
        await stream.aclose()

    with Sandbox() as own, listening() if kept else nullcontext():
        llm = Pollinations(base_url=own.base_url, api_key=own.api_key)
        for leave in (anext, close):
            own.fail(Fault.slow(0.05))
            await leave(await getattr(llm, f"a{method}")(LONG[method]))
            for _ in range(100):
                if own.open_connections == 0:
                    break
                await asyncio.sleep(0.02)

            assert own.open_connections == 0


# Tool calls


@pytest.mark.parametrize("dialect", [*ODD_CALLS, None])
def test_a_kept_response_stays_as_it_was(
    make: Make, sandbox: Sandbox, colour: Any, dialect: str | None
) -> None:
    """A consumer that keeps each response of a stream sees none of them change."""
    llm = make(model="claude", reasoning_effort="high")
    if dialect:
        sandbox.fail(Fault.dialect(dialect))

    with listening() as heard:
        question = "Add 3 and 4 and multiply 5 by 6."
        kept = colour.pieces(
            llm, "stream_chat_with_tools", TOOLS, question, allow_parallel_tool_calls=True
        )

    assert [response.model_dump_json() for response in kept] == heard.responses[:-1]


def test_a_history_is_not_changed(llm: Pollinations, colour: Any) -> None:
    """The user's message is added to a copy."""
    history = [ChatMessage("Hi"), ChatMessage(role="assistant", content="Hello")]

    colour.whole(llm, "chat_with_tools", TOOLS, "What is 3 plus 4?", chat_history=history)
    colour.pieces(llm, "stream_chat_with_tools", TOOLS, "What is 3 plus 4?", chat_history=history)

    assert [message.content for message in history] == ["Hi", "Hello"]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, None),
        ({"tool_required": True}, "required"),
        ({"tool_choice": "none"}, "none"),
        ({"tool_choice": "any"}, "required"),
        ({"tool_choice": "add"}, {"type": "function", "function": {"name": "add"}}),
    ],
)
def test_a_choice_is_sent_as_the_gateway_knows_it(
    llm: Pollinations, sandbox: Sandbox, colour: Any, asked: dict[str, Any], sent: Any
) -> None:
    """Names become objects, and nothing is sent when nothing was said."""
    colour.whole(llm, "chat_with_tools", TOOLS, "Hi", **asked)

    assert sandbox.last.body.get("tool_choice") == sent


def test_parallel_calls_are_allowed_by_who_asks(make: Make, sandbox: Sandbox, colour: Any) -> None:
    """The caller decides for each call, and the model's field may forbid it for all."""
    question = "Add 3 and 4 and multiply 5 by 6."
    allowed = colour.whole(
        make(), "chat_with_tools", TOOLS, question, allow_parallel_tool_calls=True
    )
    assert sandbox.last.body["parallel_tool_calls"] is True
    single = colour.whole(make(), "chat_with_tools", TOOLS, question)
    assert sandbox.last.body["parallel_tool_calls"] is False
    forbidding = make(parallel_tool_calls=False)
    colour.whole(forbidding, "chat_with_tools", TOOLS, question, allow_parallel_tool_calls=True)
    assert sandbox.last.body["parallel_tool_calls"] is False

    assert len(make().get_tool_calls_from_response(allowed)) == 2
    assert len(make().get_tool_calls_from_response(single)) == 1


def test_one_call_is_kept_where_the_model_makes_two(
    llm: Pollinations, sandbox: Sandbox, colour: Any, whole: Callable[..., bytes]
) -> None:
    """A provider that ignores `parallel_tool_calls` does not surprise the caller."""
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": "add", "arguments": "{}"}}
        for n in range(2)
    ]
    sandbox.reply(whole({"content": None, "tool_calls": calls}, reason="tool_calls"))

    response = colour.whole(llm, "chat_with_tools", TOOLS, "Go")

    assert [c.tool_id for c in llm.get_tool_calls_from_response(response)] == ["c0"]


def test_predict_and_call_runs_the_tool(llm: Pollinations, colour: Any) -> None:
    """The shortest way from a question to a tool's result."""
    answer = colour.whole(llm, "predict_and_call", TOOLS, "What is 3 plus 4?")

    assert str(answer) == "7"


def test_an_answer_without_calls_may_be_an_error(llm: Pollinations) -> None:
    """By default it is, as LlamaIndex has it."""
    response = llm.chat(HI)

    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(StructuredOutputError, match="no tool"):
        llm.get_tool_calls_from_response(response)


@pytest.mark.parametrize("model", ["openai", "claude", "gemini", "deepseek"])
def test_a_conversation_with_tools_goes_on(
    make: Make, sandbox: Sandbox, colour: Any, model: str
) -> None:
    """Thoughts, signatures and calls go back as each model needs them, in streams and whole."""
    llm = make(model=model, reasoning_effort="high")
    question = ChatMessage("What is 3 plus 4?")
    first = colour.pieces(llm, "stream_chat_with_tools", TOOLS, chat_history=[question])[-1]
    (call,) = llm.get_tool_calls_from_response(first)
    result = ChatMessage(role="tool", content="7", additional_kwargs={"tool_call_id": call.tool_id})

    history = [question, first.message, result]
    last = colour.whole(llm, "chat_with_tools", TOOLS, chat_history=history)
    told = sandbox.last.body["messages"][1]

    assert "7" in last.message.content
    assert told["tool_calls"] == first.message.additional_kwargs["tool_calls"]
    if model == "claude":
        assert told["content"][0]["signature"]
    if model in {"gemini", "deepseek"}:
        assert told["reasoning_content"] == first.message.blocks[0].content


# When things go wrong


@pytest.mark.parametrize("method", STREAMS)
@pytest.mark.parametrize(
    "fault",
    [Fault.cut(3), Fault.reset(3), Fault.event({"error": {"message": "broken"}}, after=3)],
    ids=["cut", "reset", "error event"],
)
def test_a_broken_stream_raises_with_what_came(
    llm: Pollinations, sandbox: Sandbox, colour: Any, fault: Fault, method: str
) -> None:
    """There is no silent half answer, and no second try once a piece was handed out."""
    sandbox.fail(fault)

    with listening() as heard, pytest.raises(PollinationsError) as caught:
        ask(colour, llm, method)
    last = heard.events[-1]

    assert caught.value.text
    assert len(sandbox.requests) == 1
    assert (type(last).__name__, last.exception) == ("ExceptionEvent", caught.value)


# Loops and threads
