"""Ragas: scores of retrieval and answers."""

import pytest
from ragas import SingleTurnSample
from ragas.llms import LangchainLLMWrapper, LlamaIndexLLMWrapper
from ragas.metrics import Faithfulness

from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

SAMPLE = SingleTurnSample(
    user_input="What do bees do?",
    response="Bees hum and bees swim.",
    retrieved_contexts=["Bees hum and dance."],
)


def script(sandbox: Sandbox) -> None:
    """The answers of a model that judges: two statements, one of them true."""
    sandbox.reply(json={"statements": ["Bees hum.", "Bees swim."]})
    verdicts = [("Bees hum.", 1), ("Bees swim.", 0)]
    listed = [{"statement": said, "reason": "...", "verdict": true} for said, true in verdicts]
    sandbox.reply(json={"statements": listed})


@pytest.mark.parametrize("framework", ["langchain", "llama-index"])
async def test_faithfulness_is_measured(
    sandbox: Sandbox, chat: ChatPollinations, llm: Pollinations, framework: str
) -> None:
    """An answer whose second statement is not in the context gets one half, on either framework."""
    script(sandbox)
    wrapped = LangchainLLMWrapper(chat) if framework == "langchain" else LlamaIndexLLMWrapper(llm)
    score = await Faithfulness(llm=wrapped).single_turn_ascore(SAMPLE)

    assert score == 0.5
