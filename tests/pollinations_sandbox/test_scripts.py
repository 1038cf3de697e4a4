"""Scripts of the sandbox: which request gets which reply, and what a strict one complains of."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from chats import chat, post

from langchain_pollinations import ChatPollinations, InvalidRequestError
from pollinations_sandbox import Fault, Reply, Sandbox

Ask = Callable[..., httpx.Response]


def text_of(answer: httpx.Response) -> str:
    """The text of a chat's answer."""
    return str(answer.json()["choices"][0]["message"]["content"])


def test_a_script_answers_once_and_is_never_cached(sandbox: Sandbox, ask: Ask) -> None:
    """The same request meets the next script, then the built-in replier, then the cache."""
    sandbox.reply("one")
    sandbox.reply("two")
    answers = [ask() for _ in range(4)]
    assert [text_of(answer) for answer in answers[:2]] == ["one", "two"]
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "MISS", "MISS", "HIT"]
    sandbox.reply("three")
    assert text_of(ask()) == "three"


def test_a_list_is_a_conversation(sandbox: Sandbox, ask: Ask) -> None:
    """One reply for each request; `times` repeats the whole of it."""
    sandbox.reply(["a", Reply("b")], times=2)
    assert [text_of(ask(seed=seed)) for seed in range(4)] == ["a", "b", "a", "b"]


def test_what_ends_comes_before_what_is_for_ever(sandbox: Sandbox, ask: Ask) -> None:
    """So that a fixture may script a default."""
    sandbox.reply("for ever", times=None)
    sandbox.reply("twice", times=2)
    assert [text_of(ask()) for _ in range(4)] == ["twice", "twice", "for ever", "for ever"]


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({"match": "weather in Oslo"}, True),
        ({"match": "weather in Rome"}, False),
        ({"match": "system words"}, False),
        ({"match": re.compile(r"in \w{4}\b")}, True),
        ({"match": re.compile(r"^in")}, False),
        ({"match": lambda request: request.body["seed"] == 7}, True),
        ({"match": lambda request: request.model == "gemini"}, False),
        ({"model": "deepseek"}, True),
        ({"model": "openai"}, False),
    ],
)
def test_a_script_waits_for_its_request(
    options: dict[str, Any], fits: bool, sandbox: Sandbox, ask: Ask
) -> None:
    """By a text or pattern in the last user message, by a function, or by the model."""
    sandbox.reply("scripted", **options)
    messages = [
        {"role": "system", "content": "system words"},
        {"role": "user", "content": [{"type": "text", "text": "The weather in Oslo?"}]},
        {"role": "assistant", "content": "weather in Rome"},
    ]
    answer = ask(messages=messages, model="deepseek-v3", seed=7)
    assert (text_of(answer) == "scripted") == fits


def test_a_function_answers_what_it_likes(sandbox: Sandbox, ask: Ask) -> None:
    """A text, bytes, a reply, or None for what others are to answer."""
    answers = iter(["text", b'{"raw":1}', Reply(tool_calls=[("add", {})]), None])

    @sandbox.on
    def _(_request: object) -> Any:
        return next(answers)

    assert text_of(ask()) == "text"
    assert ask().content == b'{"raw":1}'
    assert ask().json()["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "add"
    sandbox.reply("the next script", times=None)
    assert text_of(ask()) == "the next script"


def test_faults_stay_on_top_and_bend_scripts(sandbox: Sandbox, ask: Ask) -> None:
    """A status is answered first; a cut cuts the scripted text."""
    sandbox.fail(Fault.status(503))
    text = "one two three four five six seven eight nine ten " * 3
    sandbox.reply(text, times=2)
    assert ask().status_code == 503
    sandbox.fail(Fault.cut(after=4))
    cut = ask(stream=True).text
    assert "one two" in cut
    assert '"finish_reason":"stop"' not in cut
    assert text_of(ask()) == text


def test_scripts_may_be_written_before_the_start_and_cleared() -> None:
    """They hold through `start()`, and `clear()` forgets them."""
    waiting = Sandbox()
    waiting.fail(Fault.status(503))
    waiting.reply("early", times=2)
    with waiting as sandbox:
        assert post(sandbox, chat("Hi")).status_code == 503
        assert text_of(post(sandbox, chat("Hi"))) == "early"
        sandbox.fail(Fault.status(503))
        sandbox.clear()
        assert sandbox.requests == []
        assert text_of(post(sandbox, chat("Hi"))) != "early"


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (7, {}, "reply() takes a text, bytes, a Reply, or a list of them, not 7"),
        ({"a": 1}, {}, "for a value as JSON use reply(json=...)"),
        ("a", {"macth": "b"}, "reply() takes no 'macth'; did you mean 'match'?"),
        ("a", {"zzz": 1}, "reply() takes no 'zzz'; it takes times, model, match, tool_calls, "),
        ([], {}, "at least 1 item"),
        (["a", b"b"], {}, "Reply(b'...')"),
        (["a"], {"reasoning": "r"}, "keyword arguments belong in a Reply"),
        ("a", {"times": 0}, "times"),
        ("a", {"status": 503}, "Fault.status"),
        ("a", {"json": {}}, "json"),
        ("", {"json": object()}, "JSON"),
        ("", {"tool_calls": [("add", {"a": object()})]}, "JSON"),
        ("", {"tool_calls": ["add"]}, "a valid tuple"),
        ("a", {"match": 7}, "match"),
    ],
)
def test_wrong_arguments_are_refused_at_once(
    content: Any, options: dict[str, Any], words: str, sandbox: Sandbox
) -> None:
    """Where they are written, with a word on what is right."""
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        sandbox.reply(content, **options)


@pytest.mark.parametrize("make", [Reply, Fault.html, Fault.cut])
def test_a_misspelt_option_is_named(make: Callable[..., object]) -> None:
    """Of a reply and of a fault."""
    with pytest.raises(ValueError, match=r"modle\n  Unexpected keyword argument"):
        make(modle="openai")


# Strict --------------------------------------------------------------------------------------


def test_a_strict_sandbox_refuses_what_nothing_matches() -> None:
    """The client gets a 400 that says why, and the test fails with the same words."""
    sandbox = Sandbox(strict=True).start()
    sandbox.reply("Sunny.", match="Oslo")
    sandbox.reply("Hello.", model="gemini")
    assert text_of(post(sandbox, chat("The weather in Oslo?"))) == "Sunny."
    answer = post(sandbox, chat("The weather in Rome?", model="openai"))
    with pytest.raises(AssertionError) as failed, sandbox:
        pass
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "SANDBOX_NO_REPLY")
    for text in (error["message"], str(failed.value)):
        assert "no script matched POST /v1/chat/completions model='openai'" in text
        assert "reply('Sunny.') match='Oslo': used up (1 of 1)" in text
        assert "reply('Hello.') model='gemini': the request names model 'openai'" in text
    assert "not used up (0 of 1): reply('Hello.') model='gemini'" in str(failed.value)
    assert "2. POST /v1/chat/completions model='openai'" in str(failed.value)


def test_a_refusal_for_want_of_a_reply_advises_one() -> None:
    """Not to change the request, as other refusals do."""
    sandbox = Sandbox(strict=True).start()
    model = ChatPollinations(model="openai", base_url=sandbox.base_url, api_key=sandbox.api_key)
    with pytest.raises(InvalidRequestError) as refused:
        model.invoke("Hi")
    sandbox.close()
    text = str(refused.value)
    assert text.startswith("400 SANDBOX_NO_REPLY: sandbox: no script matched POST /v1/chat/comple")
    assert "prompt='Hi'; add a reply for it" in text
    assert "Change the request" not in str(refused.value)


@pytest.mark.parametrize("path", ["/image/fox", "/audio/hi", "/v1/embeddings", "/text/hello"])
def test_a_strict_sandbox_refuses_on_every_route(path: str) -> None:
    """Pictures, sounds, embeddings and text too."""
    sandbox = Sandbox(strict=True).start()
    sandbox.reply(vectors=[[1.0]], model="veo")
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    body = {"input": "a"} if path == "/v1/embeddings" else None
    method = "POST" if body else "GET"
    answer = httpx.request(method, sandbox.base_url + path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SANDBOX_NO_REPLY")
    with pytest.raises(AssertionError, match="no script matched"), sandbox:
        pass


def test_a_strict_sandbox_is_content_when_all_was_used() -> None:
    """Scripts for ever need not be used up; lists of models need no script."""
    with Sandbox(strict=True) as sandbox:
        sandbox.reply("Hello.", times=None)
        sandbox.reply("Hi.")
        assert text_of(post(sandbox, chat("Hi"))) == "Hi."
        assert httpx.get(f"{sandbox.base_url}/v1/models").status_code == 200


def test_a_test_that_failed_keeps_its_own_error() -> None:
    """What is left over is the consequence, not the cause."""
    sandbox = Sandbox(strict=True)
    sandbox.reply("never asked for")
    with pytest.raises(ZeroDivisionError), sandbox:
        raise ZeroDivisionError


def test_a_function_that_fails_is_named(sandbox: Sandbox, ask: Ask) -> None:
    """The client gets a 500, `check()` the error; also in a sandbox that is not strict."""

    def broken(_request: object) -> str:
        raise KeyError("city")

    assert ask().status_code == 200
    sandbox.on(broken)
    assert ask().status_code == 500
    with pytest.raises(AssertionError, match=r"on\(broken\) raised KeyError\('city'\)"):
        sandbox.check()
    sandbox.clear()
    assert ask().status_code == 200
    sandbox.reply("never", match=broken)
    assert ask().status_code == 500
    with pytest.raises(AssertionError, match=r"KeyError\('city'\)"):
        sandbox.check()
