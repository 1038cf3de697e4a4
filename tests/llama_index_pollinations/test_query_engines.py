"""Query engines, chat engines and evaluators run on the model, with real retrieval (BM25)."""

from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
from llama_index.core import Settings, get_response_synthesizer
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.evaluation import FaithfulnessEvaluator, RelevancyEvaluator
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.query_engine import (
    RetrieverQueryEngine,
    RouterQueryEngine,
    SubQuestionQueryEngine,
)
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.schema import ImageNode, NodeWithScore, TextNode
from llama_index.core.tools import QueryEngineTool
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import BaseModel

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

Make = Callable[..., Pollinations]

BRIDGES = (
    "The Golden Gate Bridge opened in 1937 and spans 1280 metres.",
    "The Forth Bridge opened in 1890 and was built of steel.",
)
RIVERS = (
    "The Danube is 2850 kilometres long and flows into the Black Sea.",
    "The Rhine is 1233 kilometres long and flows into the North Sea.",
)
QUESTION = "When was the Golden Gate Bridge opened?"
ANSWER = "The Golden Gate Bridge opened in 1937."
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/58BAwAI/AL+p5qgoAAAAABJRU5Er"
    "kJggg=="
)


class Fact(BaseModel):
    """One fact."""

    subject: str
    year: int


def retriever(texts: tuple[str, ...]) -> BM25Retriever:
    nodes = [TextNode(text=text) for text in texts]
    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2)


def engine(llm: Any, texts: tuple[str, ...] = BRIDGES, **kwargs: Any) -> RetrieverQueryEngine:
    return RetrieverQueryEngine(
        retriever=retriever(texts),
        response_synthesizer=get_response_synthesizer(llm=llm, **kwargs),
    )


def tools(llm: Any) -> list[QueryEngineTool]:
    """An engine for bridges, and one for rivers."""
    return [
        QueryEngineTool.from_defaults(
            engine(llm, texts), name=name, description=f"Facts about {name}"
        )
        for name, texts in (("bridges", BRIDGES), ("rivers", RIVERS))
    ]


def memory() -> ChatMemoryBuffer:
    """Engines' own default memory leaves a database open."""
    return ChatMemoryBuffer.from_defaults(token_limit=10_000)


@pytest.mark.parametrize("mode", ["compact", "refine", "tree_summarize"])
async def test_a_query_engine_answers_from_its_sources(llm: Pollinations, mode: str) -> None:
    """The answer holds what the retrieved text says: whole, in pieces, and in coroutines."""
    whole = engine(llm, response_mode=mode, use_async=True)
    streaming = engine(llm, response_mode=mode, streaming=True)
    streamed = await streaming.aquery(QUESTION)

    assert "1937" in str(whole.query(QUESTION))
    assert "1937" in str(await whole.aquery(QUESTION))
    assert "1937" in "".join(streaming.query(QUESTION).response_gen)
    assert "1937" in "".join([piece async for piece in streamed.async_response_gen()])


def test_a_query_engine_gives_an_object(llm: Pollinations) -> None:
    """By `output_cls`, and by a structured model in place of the model."""
    for query_engine in (
        engine(llm, response_mode="compact", output_cls=Fact),
        engine(llm.as_structured_llm(Fact), response_mode="tree_summarize"),
    ):
        assert isinstance(query_engine.query(QUESTION).response, Fact)


@pytest.mark.parametrize("calls_tools", [True, False], ids=["by tools", "by text"])
def test_a_router_chooses_by_the_question(make: Make, sandbox: Sandbox, calls_tools: bool) -> None:
    """Each question goes to the engine that knows about it."""
    llm = make(is_function_calling_model=calls_tools)
    router = RouterQueryEngine.from_defaults(tools(llm), llm=llm)

    for number in (2, 1):
        chosen = {"index": number, "reason": "It fits."}
        listed = [{"choice": number, "reason": "It fits."}]
        sandbox.reply(json=chosen if calls_tools else listed, match="Some choices")
    assert "2850" in str(router.query("How long is the Danube, among the rivers?"))
    assert "1937" in str(router.query("When was the Golden Gate, among the bridges, opened?"))


def test_sub_questions_are_asked_and_put_together(
    llm: Pollinations, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question about two things is answered from two engines, by the model of `Settings`."""
    monkeypatch.setattr(Settings, "_llm", None)
    Settings.llm = llm
    query_engine = SubQuestionQueryEngine.from_defaults(
        query_engine_tools=tools(llm),
        question_gen=LLMQuestionGenerator.from_defaults(),
        response_synthesizer=get_response_synthesizer(),
        use_async=True,
        verbose=False,
    )

    parts = {"bridges": "When did the Forth Bridge open?", "rivers": "How long is the Rhine?"}
    questions = [{"sub_question": part, "tool_name": tool} for tool, part in parts.items()]
    sandbox.reply(json={"items": questions})
    answer = query_engine.query("How old are the bridges and how long are the rivers?")

    assert answer.source_nodes
    assert str(answer)


async def test_a_chat_engine_streams_to_coroutines(llm: Pollinations) -> None:
    """The pieces of a streamed turn are its answer, which the memory keeps."""
    chat = SimpleChatEngine.from_defaults(llm=llm, memory=memory())

    answer = await chat.astream_chat("Hello")
    text = "".join([piece async for piece in answer.async_response_gen()])

    assert text
    assert chat.chat_history[-1].content == text


@pytest.mark.parametrize("kind", [FaithfulnessEvaluator, RelevancyEvaluator])
async def test_evaluators_judge(llm: Pollinations, sandbox: Sandbox, kind: Any) -> None:
    """Notebooks call them in a running loop; LlamaIndex runs a loop for each in a thread."""
    judge = kind(llm=llm)
    question: Any = {"query": QUESTION, "response": ANSWER, "contexts": [BRIDGES[0]]}

    for verdict in ("YES", "NO", "YES"):
        sandbox.reply(verdict)
    judged = [
        judge.evaluate(**question),
        await judge.aevaluate(**question),
        judge.evaluate(**question),
    ]

    assert [one.passing for one in judged] == [True, False, True]


@pytest.mark.skipif(
    "multimodal" not in signature(get_response_synthesizer).parameters,
    reason="this core's synthesizers read text only",
)
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streaming"])
@pytest.mark.parametrize("mode", ["compact", "tree_summarize", "simple_summarize"])
def test_pictures_of_nodes_reach_the_model(
    llm: Pollinations, sandbox: Sandbox, mode: ResponseMode, streaming: bool
) -> None:
    """A retrieved picture goes along as a part, between the texts."""
    synthesizer = get_response_synthesizer(
        llm=llm, response_mode=mode, streaming=streaming, multimodal=True
    )
    picture = ImageNode(image=PIXEL, image_mimetype="image/png")

    answer = synthesizer.synthesize(
        "What is on the picture?", [NodeWithScore(node=picture), NodeWithScore(node=TextNode())]
    )
    text = "".join(answer.response_gen) if streaming else str(answer)

    assert "image/png" in text
    parts = sandbox.last.body["messages"][-1]["content"]
    assert [p["image_url"]["url"] for p in parts if p["type"] == "image_url"] == [
        f"data:image/png;base64,{PIXEL}"
    ]
