"""Openevals: a model as judge."""

import pytest
from openevals.llm import create_llm_as_judge
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
