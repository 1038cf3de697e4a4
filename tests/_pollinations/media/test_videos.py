"""Videos over real sockets."""

from typing import Any

import pytest

from _pollinations.http.errors import APITimeoutError, InvalidInputError, UnreadableAnswerError
from _pollinations.http.retry import Retry
from _pollinations.media.videos import READ_TIMEOUT, check_duration, video_call
from _pollinations.models.model import Model
from pollinations_sandbox import Fault, Sandbox


def test_a_video_comes_in_every_colour(ask_in_all_colours: Any) -> None:
    """Video, model, seed and seconds are there."""
    media = ask_in_all_colours.send(video_call("waves", duration=4, seed=7))

    assert media.data[4:8] == b"ftyp"
    assert "veo" in media.model
    assert media.seed == 7
    assert media.headers["x-usage-completion-video-seconds"] == "4"


def test_a_video_is_waited_for() -> None:
    """Ten minutes, unless somebody says otherwise."""
    assert video_call("waves").request.read_timeout == READ_TIMEOUT == 600
    assert video_call("waves", timeout=5).request.read_timeout == 5


@pytest.mark.parametrize(("duration", "seconds"), [("8", 8), ("long", 10), (None, 10)])
def test_a_budget_counts_whatever_duration_is_asked_for(duration: Any, seconds: int) -> None:
    """What is unchecked in `extra` too: where it is no number, as a model's own choice."""
    call: Any = video_call("waves", extra={"duration": duration})

    assert call.expected().units == {"video_seconds": seconds}


def test_a_video_that_is_late_is_asked_for_once(ask: Any, sandbox: Sandbox) -> None:
    """It may have been paid for, so that no attempt follows; the error names the limit."""
    sandbox.fail(Fault.stall(after=0, times=None))

    with pytest.raises(APITimeoutError, match=r"0\.3 s"):
        ask.send(video_call("waves", timeout=0.3), retry=Retry(max_retries=2))

    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("prompt", ["50%", "a//b", "x" * 20_000])
def test_a_prompt_that_an_address_changes_is_refused(prompt: str) -> None:
    """There is no other way to a video, and no wrong one is made."""
    with pytest.raises(InvalidInputError, match="other words"):
        video_call(prompt)


@pytest.mark.parametrize(
    ("raw", "words", "good", "bad"),
    [
        ({"allowed_durations": [5, 10]}, "5, 10", (5, 10, None), (4, 6, "5")),
        ({"allowed_durations": ["3"]}, "3", (3,), (4,)),
        ({"min_duration": 3, "max_duration": 12}, "3 to 12", (3, 12), (2, 13, "4")),
        ({"min_duration": 2, "max_duration": 8, "duration_step": 3}, "2, 5, 8", (2, 5, 8), (3, 4)),
        ({"min_duration": 2, "max_duration": 10**400}, "2 to 120", (2, 120), (121,)),
        ({"max_duration": 10}, "", (1, 500), ()),
        ({"min_duration": "x", "allowed_durations": []}, "", (4,), ()),
    ],
)
def test_a_duration_is_one_that_the_catalogue_lists(
    raw: Any, words: str, good: Any, bad: Any
) -> None:
    """Another one is refused before a video is paid for; where none is listed, all pass."""
    model = Model(name="veo", raw=raw)
    for seconds in good:
        check_duration(seconds, model)
    for seconds in bad:
        with pytest.raises(
            InvalidInputError, match=f"veo makes videos of {words} s, not of {seconds} s"
        ):
            check_duration(seconds, model)


def test_a_200_that_is_no_video_is_an_error(ask_once: Any, sandbox: Sandbox) -> None:
    """A picture is no video."""
    sandbox.fail(Fault.placeholder())

    with pytest.raises(UnreadableAnswerError):
        ask_once.send(video_call("waves"))
