"""Spans of OpenInference for LlamaIndex."""

from collections.abc import Iterator

import pytest
from llama_index.core.llms import ChatMessage
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What is recorded while a test runs."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    LlamaIndexInstrumentor().instrument(tracer_provider=provider)
    yield kept
    LlamaIndexInstrumentor().uninstrument()


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_chat_leaves_a_span(
    sandbox: Sandbox, llm: Pollinations, spans: InMemorySpanExporter, *, streamed: bool
) -> None:
    """A chat, whole or streamed, has a span with the model's name, tokens and text, not the key."""
    sandbox.reply("Bees hum.")
    asked = [ChatMessage("What do bees do?")]
    if streamed:
        [_ async for _ in await llm.astream_chat(asked)]
    else:
        llm.chat(asked)

    finished = spans.get_finished_spans()
    seen = [dict(span.attributes or {}) for span in finished]
    (span,) = [one for one in seen if one["openinference.span.kind"] == "LLM"]
    assert span["llm.model_name"] == "openai"
    assert span["llm.output_messages.0.message.content"] == "Bees hum."
    assert int(str(span["llm.token_count.completion"])) > 0
    assert sandbox.api_key not in "".join(span.to_json() for span in finished)
