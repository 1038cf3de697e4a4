"""Openevals: a model as judge."""

import pytest
from openevals.llm import create_async_llm_as_judge, create_llm_as_judge
from openevals.prompts import CORRECTNESS_PROMPT

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

CASE = {"inputs": "2 + 2?", "outputs": "4", "reference_outputs": "4"}


@pytest.mark.parametrize(("continuous", "score"), [(False, True), (True, 0.75)])
def test_a_judge_gives_a_score(
    sandbox: Sandbox, chat: ChatPollinations, *, continuous: bool, score: object
) -> None:
    """The judge's answer becomes a score, yes or no or a number, with its reason."""
    sandbox.reply(json={"reasoning": "It is right.", "score": score})
    judge = create_llm_as_judge(
        prompt=CORRECTNESS_PROMPT, judge=chat, feedback_key="correct", continuous=continuous
    )
    result = judge(**CASE)

    assert isinstance(result, dict)
    assert (result["key"], result["score"]) == ("correct", score)
    assert result["comment"] == "It is right."


async def test_a_judge_chooses(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """A judge with choices and no reasoning gives one of them, also in a coroutine."""
    sandbox.reply(json={"score": 0.5})
    judge = create_async_llm_as_judge(
        prompt=CORRECTNESS_PROMPT, judge=chat, choices=[0.0, 0.5, 1.0], use_reasoning=False
    )
    result = await judge(**CASE)

    assert result["score"] == 0.5
