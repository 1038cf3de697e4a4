"""Spans of OpenInference for LangChain."""

from collections.abc import Iterator

import pytest
from langchain.agents import create_agent
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Reply, Sandbox


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What is recorded while a test runs."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    LangChainInstrumentor().instrument(tracer_provider=provider)
    yield kept
    LangChainInstrumentor().uninstrument()


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


def test_an_agent_leaves_spans(
    sandbox: Sandbox, chat: ChatPollinations, spans: InMemorySpanExporter
) -> None:
    """Model and tool have spans with the model's name, tokens, calls and text, and not the key."""
    sandbox.reply([Reply(tool_calls=[("weather", {"city": "Rome"})]), "Rain."])
    create_agent(chat, [weather]).invoke({"messages": [("user", "Rome?")]})

    finished = spans.get_finished_spans()
    seen = [dict(span.attributes or {}) for span in finished]
    first, last = (one for one in seen if one["openinference.span.kind"] == "LLM")
    tool = next(one for one in seen if one["openinference.span.kind"] == "TOOL")
    said = "llm.output_messages.0.message."
    assert first[said + "tool_calls.0.tool_call.function.name"] == "weather"
    assert last[said + "content"] == "Rain."
    assert last["llm.model_name"]
    assert int(str(last["llm.token_count.completion"])) > 0
    assert "It rains in Rome." in str(tool["output.value"])
    assert sandbox.api_key not in "".join(span.to_json() for span in finished)
