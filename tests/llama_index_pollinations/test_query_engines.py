"""Query engines, chat engines and evaluators run on the model, with real retrieval (BM25)."""

from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
from llama_index.core import PromptTemplate, Settings, get_response_synthesizer
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.chat_engine import CondensePlusContextChatEngine, SimpleChatEngine
from llama_index.core.evaluation import FaithfulnessEvaluator, RelevancyEvaluator
from llama_index.core.indices.prompt_helper import PromptHelper
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


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/58BAwAI/AL+p5qgoAAAAABJRU5Er"
    "kJggg=="
)


class Fact(BaseModel):
    """One fact."""

    subject: str
    year: int


def retriever(texts: tuple[str, ...], top: int = 2) -> BM25Retriever:
    nodes = [TextNode(text=text) for text in texts]
    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=top)


def engine(llm: Any, texts: tuple[str, ...] = BRIDGES, **kwargs: Any) -> RetrieverQueryEngine:
    return RetrieverQueryEngine(
        retriever=retriever(texts),
        response_synthesizer=get_response_synthesizer(llm=llm, **kwargs),
    )


MODES = pytest.mark.parametrize("mode", ["compact", "refine", "tree_summarize"])
QUESTION = "When was the Golden Gate Bridge opened?"


@MODES
async def test_a_query_engine_answers_from_its_sources(llm: Pollinations, mode: str) -> None:
    """The answer holds what the retrieved text says, in a coroutine too."""
    answer = engine(llm, response_mode=mode).query(QUESTION)

    assert "1937" in str(answer)
    assert any("1937" in node.text for node in answer.source_nodes)
    assert "1937" in str(await engine(llm, response_mode=mode, use_async=True).aquery(QUESTION))


@MODES
async def test_a_query_engine_streams(llm: Pollinations, mode: str) -> None:
    """A streamed answer comes in pieces and says the same, in a coroutine too."""
    answer = engine(llm, response_mode=mode, streaming=True).query(QUESTION)
    assert "1937" in "".join(answer.response_gen)

    answer = await engine(llm, streaming=True).aquery(QUESTION)
    assert "1937" in "".join([piece async for piece in answer.async_response_gen()])


@pytest.fixture
def default(llm: Pollinations, monkeypatch: pytest.MonkeyPatch) -> Pollinations:
    """The model that LlamaIndex takes when it is told of none."""
    monkeypatch.setattr(Settings, "_llm", None)
    Settings.llm = llm
    return llm


def test_settings_give_the_model_to_everything(default: Pollinations) -> None:
    """`Settings.llm = Pollinations(...)` is all that a program needs."""
    answer = RetrieverQueryEngine.from_args(retriever(BRIDGES)).query(
        "When was the Forth Bridge opened?"
    )

    assert Settings.llm is default
    assert "1890" in str(answer)


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
    router = RouterQueryEngine.from_defaults(
        [
            QueryEngineTool.from_defaults(
                engine(llm, BRIDGES), name="bridges", description="Facts about bridges"
            ),
            QueryEngineTool.from_defaults(
                engine(llm, RIVERS), name="rivers", description="Facts about rivers"
            ),
        ],
        llm=llm,
    )

    for number in (2, 1):
        chosen = {"index": number, "reason": "It fits."}
        listed = [{"choice": number, "reason": "It fits."}]
        sandbox.reply(json=chosen if calls_tools else listed, match="Some choices")
    assert "2850" in str(router.query("How long is the Danube, among the rivers?"))
    assert "1937" in str(router.query("When was the Golden Gate, among the bridges, opened?"))


@pytest.mark.parametrize("kind", [FunctionAgent, ReActAgent])
async def test_an_agent_asks_its_query_engine(llm: Pollinations, kind: Any) -> None:
    """Whatever the question is, the sandbox calls a tool that takes one."""
    agent = kind(tools=[QueryEngineTool.from_defaults(engine(llm))], llm=llm)

    assert "1937" in str(await agent.run("When was the Golden Gate Bridge opened?"))


def test_sub_questions_are_asked_and_put_together(default: Pollinations, sandbox: Sandbox) -> None:
    """A question about two things is answered from two engines."""
    llm = default
    query_engine = SubQuestionQueryEngine.from_defaults(
        query_engine_tools=[
            QueryEngineTool.from_defaults(
                engine(llm, BRIDGES), name="bridges", description="Facts about bridges"
            ),
            QueryEngineTool.from_defaults(
                engine(llm, RIVERS), name="rivers", description="Facts about rivers"
            ),
        ],
        question_gen=LLMQuestionGenerator.from_defaults(llm=llm),
        response_synthesizer=get_response_synthesizer(llm=llm),
        use_async=True,
        verbose=False,
    )

    parts = {"bridges": "When did the Forth Bridge open?", "rivers": "How long is the Rhine?"}
    questions = [{"sub_question": part, "tool_name": tool} for tool, part in parts.items()]
    sandbox.reply(json={"items": questions})
    answer = query_engine.query("How old are the bridges and how long are the rivers?")

    assert answer.source_nodes
    assert str(answer)


def test_a_chat_engine_condenses_and_answers(llm: Pollinations, sandbox: Sandbox) -> None:
    """A follow-up question is made standalone, looked up and answered."""
    chat = CondensePlusContextChatEngine.from_defaults(
        retriever(BRIDGES), llm=llm, memory=ChatMemoryBuffer.from_defaults(token_limit=10_000)
    )

    first = chat.chat("When was the Golden Gate Bridge opened?")
    second = chat.chat("And how long does it span?")

    assert "1937" in str(first)
    assert str(second)
    assert len(sandbox.requests) == 3


def test_a_chat_engine_streams(llm: Pollinations) -> None:
    """The pieces of a streamed turn are its answer, which the memory keeps."""
    chat = CondensePlusContextChatEngine.from_defaults(
        retriever(BRIDGES), llm=llm, memory=ChatMemoryBuffer.from_defaults(token_limit=10_000)
    )

    answer = chat.stream_chat("When was the Golden Gate Bridge opened?")
    text = "".join(answer.response_gen)

    assert "1937" in text
    assert chat.chat_history[-1].content == text


async def test_a_chat_engine_streams_to_coroutines(llm: Pollinations) -> None:
    """The same holds for coroutines."""
    chat = SimpleChatEngine.from_defaults(
        llm=llm, memory=ChatMemoryBuffer.from_defaults(token_limit=10_000)
    )

    answer = await chat.astream_chat("Hello")
    text = "".join([piece async for piece in answer.async_response_gen()])

    assert text
    assert chat.chat_history[-1].content == text


@pytest.mark.parametrize("evaluator", [FaithfulnessEvaluator, RelevancyEvaluator])
def test_evaluators_judge(
    llm: Pollinations, sandbox: Sandbox, evaluator: Callable[..., Any]
) -> None:
    """What the sources say passes, and what they do not say fails."""
    judge = evaluator(llm=llm)
    question = "When was the Golden Gate Bridge opened?"

    sandbox.reply("YES")
    good = judge.evaluate(
        query=question, response="The Golden Gate Bridge opened in 1937.", contexts=[BRIDGES[0]]
    )
    sandbox.reply("NO")
    bad = judge.evaluate(
        query="How are bananas grown?",
        response="Bananas are grown on plantations in Ecuador.",
        contexts=[BRIDGES[0]],
    )

    assert good.passing
    assert not bad.passing


@pytest.mark.parametrize("max_tokens", [None, 100, 5_000, 10**9])
@pytest.mark.parametrize("window", [1_000, 8_192, 128_000, None])
def test_the_reserved_output_leaves_room(
    make: Make, max_tokens: int | None, window: int | None
) -> None:
    """No `max_tokens` makes a prompt helper run out of room."""
    llm = make(max_tokens=max_tokens, context_window=window)

    helper = PromptHelper.from_llm_metadata(llm.metadata)

    assert helper.repack(PromptTemplate("Say {text}"), ["word " * 50], llm=llm)


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


@pytest.mark.parametrize("evaluator", [FaithfulnessEvaluator, RelevancyEvaluator])
async def test_evaluators_judge_within_a_running_loop(
    llm: Pollinations, sandbox: Sandbox, evaluator: Callable[..., Any]
) -> None:
    """Notebooks call them there, several times, and LlamaIndex runs a loop for each in a thread."""
    judge = evaluator(llm=llm)
    question: dict[str, Any] = {
        "query": "When was the Golden Gate Bridge opened?",
        "response": "The Golden Gate Bridge opened in 1937.",
        "contexts": [BRIDGES[0]],
    }

    sandbox.reply("YES", times=3)
    judged = [
        judge.evaluate(**question),
        await judge.aevaluate(**question),
        judge.evaluate(**question),
    ]

    assert [one.passing for one in judged] == [True] * 3
