"""What faults answer; how calls end that meet a cut, a reset or a stall is tests/reliability."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tables import cases

from pollinations_sandbox import Fault, Sandbox

Ask = Callable[..., httpx.Response]
BUSY: dict[str, Any] = {"error": {"message": "overloaded", "type": "server_error", "code": 529}}


@cases(__file__, "errors")
def test_a_fault_answers_as_its_row_says(
    *,
    api: str,
    fault: str,
    options: Any,
    status: int,
    headers: dict[str, str],
    text: str,
    sandbox: Sandbox,
    ask: Ask,
) -> None:
    """Status, headers, and words of the body; the next request is answered."""
    if api not in {"both", sandbox.api}:
        return
    sandbox.fail(getattr(Fault, fault)(**options))
    answer = ask()
    assert answer.status_code == status
    assert text in answer.text
    assert {name: answer.headers.get(name, "") for name in headers} == headers
    assert ask().status_code == 200


@pytest.mark.parametrize("lack", ["balance", "budget", "quest", "model"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_is_an_answer_in_2026_10_and_an_error_in_2026_01(
    sandbox: Sandbox, ask: Ask, lack: Any, *, stream: bool
) -> None:
    """Status 200, no tokens, not to be stored, unless JSON is wanted; or 402 and 403."""
    status = 403 if lack == "model" else 402
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    sandbox.fail(Fault.refusal(lack, times=2))
    answer, real = ask(stream=stream), ask(stream=stream, response_format=form)
    assert real.status_code == status
    if sandbox.api == "2026-01":
        assert answer.status_code == status
    else:
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        assert '"total_tokens":0' in answer.text
    assert ask(stream=stream).headers["X-Cache"] == "MISS"


@cases(__file__, "how_often_and_for_whom")
def test_how_often_and_for_whom_a_fault_applies(
    fault: dict[str, Any], requests: list[Any], statuses: list[int], sandbox: Sandbox, ask: Ask
) -> None:
    """`times`, `every` and `model` say it; a wrong request uses up none; it may be cleared."""
    make = Fault.flaky if "every" in fault else Fault.status
    sandbox.fail(make(**fault))
    answers = [ask(seed=seed, **body) for seed, body in enumerate(requests)]
    assert [answer.status_code for answer in answers] == statuses
    sandbox.clear()
    assert ask().status_code == 200


def test_faults_come_in_their_order_and_before_the_cache(sandbox: Sandbox, ask: Ask) -> None:
    """Records know the fault that they met; afterwards the cache is found again."""
    ask()
    faults = [Fault.status(503), Fault.status(502)]
    for fault in faults:
        sandbox.fail(fault)
    assert [ask().status_code for _ in range(2)] == [503, 502]
    assert ask().headers["X-Cache"] == "HIT"
    effects = [record.effect for record in sandbox.requests]
    assert effects == [None, *(fault.effect for fault in faults), None]


@pytest.mark.parametrize("stream", [True, False])
def test_a_silence_may_end(stream: bool, sandbox: Sandbox, ask: Ask) -> None:
    """The rest comes, whole or in pieces."""
    sandbox.fail(Fault.stall(after=2, seconds=0.05))
    assert '"finish_reason":"stop"' in ask(stream=stream).text


def test_an_error_event_ends_a_stream(sandbox: Sandbox, ask: Ask) -> None:
    """2026-10 says `[DONE]` after it; 2026-01 just ends, and caches it for the same body."""
    sandbox.fail(Fault.event(BUSY, after=2))
    first, second = ask(stream=True), ask(stream=True)
    events = [line.removeprefix("data: ") for line in first.text.split("\n") if line]
    assert json.loads(events[2]) == BUSY
    assert events[3:] == {"2026-01": [], "2026-10": ["[DONE]"]}[sandbox.api]
    assert (second.content == first.content) == (sandbox.api == "2026-01")
    assert "error" not in ask(stream=True, seed=1).text


@cases(__file__, "wrong_arguments")
def test_wrong_arguments_are_refused_where_they_are_written(name: str, options: Any) -> None:
    """Not when a request meets them."""
    with pytest.raises((ValueError, TypeError)):
        (Sandbox if name == "Sandbox" else getattr(Fault, name, Fault))(**options)
    with pytest.raises(ValueError, match=r"use Fault\.status\(429\)"):
        Fault(429)  # type: ignore[arg-type] - what is tested
    with pytest.raises(TypeError, match="takes a Fault"):
        Sandbox().fail(503)  # type: ignore[arg-type]
