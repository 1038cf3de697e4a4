"""Recordings: what is written of a real gateway's answers, and how a request finds them again."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from chats import CHAT, chat, post

from pollinations_sandbox import Fault, Key, Sandbox
from pollinations_sandbox.cli import main

pytest_plugins = ["pytester"]
KEY = "sk_very_secret_key"
PNG = b"\x89PNG\r\n\x1a\n\xff\x00"
CALL = {"id": "1", "type": "function", "function": {"name": "draw", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
TEXT = "It is 21 °C in 東京 🙂."


@pytest.fixture
def home() -> Any:
    """The gateway that is recorded: another sandbox, with a key of its own."""
    with Sandbox(keys={KEY: Key()}) as running:
        yield running


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.jsonl"


def recording(home: Sandbox, tape: Path) -> Sandbox:
    return Sandbox(record=tape, upstream=home.base_url, upstream_key=KEY)


def test_every_route_is_replayed_byte_for_byte(home: Sandbox, tape: Path) -> None:
    """Streams in their pieces, pictures from files, lists of models, and errors, even the first."""
    home.reply(TEXT * 9, model="claude")
    home.reply([b"data: \xe6\x9d", b"\xb1 {}\n\n"], model="deepseek", pause=0.05)
    home.reply(media=PNG, match="fox")
    home.reply(vectors=[[0.25, 0.5], [1.0, 0.0]])
    home.fail(Fault.status(503, model="gemini", retry_after=7))
    requests: list[tuple[str, str, Any]] = [
        ("POST", CHAT, chat("d", temperature="hot")),
        ("POST", CHAT, chat("a", model="claude", stream=True)),
        ("POST", CHAT, chat("b", model="deepseek", stream=True)),
        ("POST", CHAT, chat("c", model="gemini")),
        ("GET", "/image/a%20fox?width=64&key=sk_sandbox&seed=1", None),
        ("GET", "/v1/models", None),
        ("GET", "/text/hello", None),
        ("POST", "/v1/embeddings", {"input": ["a", "b"]}),
    ]

    def answers(sandbox: Sandbox) -> list[tuple[int, bytes, dict[str, str]]]:
        outcomes = []
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        for method, path, sent in requests:
            answer = httpx.request(method, sandbox.base_url + path, json=sent, headers=headers)
            shown = {n: v for n, v in answer.headers.items() if n.startswith(("x-", "content-t"))}
            shown["retry-after"] = answer.headers.get("retry-after", "")
            outcomes.append((answer.status_code, answer.content, shown))
        return outcomes

    with recording(home, tape) as sandbox:
        first = answers(sandbox)
    assert [status for status, *_ in first] == [400, 200, 200, 503, 200, 200, 200, 200]
    assert (first[4][1], first[3][2]["retry-after"]) == (PNG, "7")
    with Sandbox(replay=tape) as sandbox:
        assert answers(sandbox) == first
    events = json.loads(tape.read_text().splitlines()[2])["response"]["events"]
    assert events[1][0] >= 0.04


def test_the_pauses_of_a_stream_are_kept_and_scaled(home: Sandbox, tape: Path) -> None:
    """Without `pace` a replay does not wait."""
    home.reply([b"data: 1\n\n", b"data: 2\n\n"], pause=0.2)
    request = chat("a", stream=True, model="openai")
    with recording(home, tape) as sandbox:
        post(sandbox, request)
    took = []
    for pace in (0.0, 2.0):
        with Sandbox(replay=tape, pace=pace) as sandbox:
            took.append(post(sandbox, request).elapsed.total_seconds())
    assert took[0] < 0.2
    assert took[1] > 0.35


def test_no_key_is_in_a_file(home: Sandbox, tape: Path) -> None:
    """Not in a query, nor where the server repeats it: body, header, stream or picture."""
    echo = f'{{"error": "bad key {KEY}"}}'.encode()
    half = len(KEY) // 2
    home.reply(echo, headers={"X-Echo": KEY})
    home.reply([f"data: {KEY[:half]}".encode(), f"{KEY[half:]}\n\n".encode()], pause=0.02)
    home.reply(PNG + KEY.encode(), content_type="image/png")
    with recording(home, tape) as sandbox:
        assert post(sandbox, chat(f"my key is {KEY}")).content == echo
        post(sandbox, chat("b", stream=True))
        httpx.get(f"{sandbox.base_url}/image/fox?key={sandbox.api_key}")
    files = [tape, *tape.with_suffix(".files").iterdir()]
    assert len(files) == 2
    assert [file for file in files if KEY[:half].encode() in file.read_bytes()] == []
    assert [one.headers["authorization"] for one in home.requests] == [f"Bearer {KEY}"] * 3
    assert all("key" not in one.query for one in home.requests)


def test_the_same_request_is_answered_in_the_recorded_order(home: Sandbox, tape: Path) -> None:
    """The last answer is given again and again; the seed does not count, other fields do."""
    home.reply(["first", "second"])
    with recording(home, tape) as sandbox:
        for seed in (1, 2):
            post(sandbox, chat("a", seed=seed))
    with Sandbox(replay=tape) as sandbox:
        texts = [post(sandbox, chat("a", seed=n)).text for n in (7, 8, 9)]
        assert ["first" in texts[0], "second" in texts[1], "second" in texts[2]] == [True] * 3
        assert post(sandbox, chat("a", user="u")).status_code == 400


@pytest.mark.parametrize(
    ("recorded", "new", "same"),
    [
        ("seed 7. Saved as my pictures/a 7.jpg", "seed 8. Saved as your pictures/a 8.jpg", True),
        ('{"seed": 12, "file": "/tmp/a/x.png"}', '{"seed": 3, "file": "/var/y.png"}', True),
        (r"in C:\Temp\x.png, 3 files", r"in D:\y.png, 3 files", True),
        ("see https://a.example/x/1", "see https://a.example/x/2", False),
        ("21 km/h", "22 km/h", False),
        ("2 seeds", "3 seeds", False),
    ],
)
def test_seeds_and_paths_in_the_result_of_a_tool_do_not_count(
    recorded: str, new: str, same: bool, home: Sandbox, tape: Path
) -> None:
    """A tool draws them anew in each run, also a ReAct agent's; elsewhere they count."""

    def thread(text: str, question: str = "a") -> dict[str, Any]:
        result = {"role": "tool", "tool_call_id": "1", "content": text}
        turns = [CALLED, result, {"role": "assistant", "content": "Action: draw"}]
        turns.append({"role": "user", "content": f"Observation: {text}"})
        return {"messages": [*chat(question)["messages"], *turns], "model": "openai"}

    with recording(home, tape) as sandbox:
        assert post(sandbox, thread(recorded)).status_code == 200
    with Sandbox(replay=tape) as sandbox:
        assert post(sandbox, thread(new)).status_code == (200 if same else 400)
        assert post(sandbox, thread(recorded, "seed 7")).status_code == 400
    assert home.last.body["messages"][2]["content"] == recorded


def test_an_unknown_request_names_the_nearest_and_the_difference(home: Sandbox, tape: Path) -> None:
    """The client gets it as a 400, and `check()` has it too."""
    with recording(home, tape) as sandbox:
        post(sandbox, chat("The weather in Oslo?", model="gemini"))
        post(sandbox, chat("Something else", model="openai", top_p=0.5))
    with Sandbox(replay=tape) as sandbox:
        answer = post(sandbox, chat("The weather in Rome?", model="gemini"))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "SANDBOX_NO_RECORDING")
        difference = (
            'the nearest one differs in body.messages.0.content: "The weather in Oslo?" -> '
            '"The weather in Rome?"'
        )
        assert error["message"].endswith(difference)
        with pytest.raises(AssertionError, match="no recording of POST"):
            sandbox.check()
        assert httpx.get(f"{sandbox.base_url}/v1/models").status_code == 200


def test_faults_and_scripts_come_before_recordings(home: Sandbox, tape: Path) -> None:
    """A cut cuts what was recorded."""
    home.reply("recorded words " * 20)
    request = chat("a", stream=True, model="openai")
    with recording(home, tape) as sandbox:
        whole = post(sandbox, request).text
    with Sandbox(replay=tape) as sandbox:
        sandbox.fail(Fault.status(429))
        assert post(sandbox, request).status_code == 429
        sandbox.fail(Fault.cut(after=3))
        cut = post(sandbox, request).text
        assert cut in whole
        assert 0 < len(cut) < len(whole)
        sandbox.reply("scripted")
        assert "scripted" in post(sandbox, request).text
        assert post(sandbox, request).text == whole


SAMPLES = (
    {"note": "Written by hand."},
    {"match": "weather", "model": "claude", "replies": ["It snows."]},
    {"match": "weather", "replies": [{"tool_calls": [["look", {"at": "sky"}]]}, "It is sunny."]},
    {"match": "poem", "replies": [{"content": "Snow °", "reasoning": "Short."}]},
    {"match": "tape.wav", "replies": ["Bring it back."]},
)


def test_sample_answers_are_given_in_turn_and_cached(tape: Path) -> None:
    """By the first line that fits; an identical request is answered from the cache."""
    tape.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in SAMPLES), "utf-8")
    model = {"model": "deepseek"}

    def message(answer: httpx.Response) -> dict[str, Any]:
        return dict(answer.json()["choices"][0]["message"])

    with Sandbox(replay=tape) as sandbox:
        requests = [chat("The weather?", **model, seed=seed) for seed in (1, 1, 2, 3)]
        first, again, second, third = [post(sandbox, one) for one in requests]
        (call,) = message(first)["tool_calls"]
        poem = message(post(sandbox, chat("A poem", **model)))
        files = {"file": ("tape.wav", b"RIFF")}
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        path = sandbox.base_url + "/v1/audio/transcriptions"
        heard = httpx.post(path, files=files, headers=headers)

        assert call["function"]["name"] == "look"
        assert json.loads(call["function"]["arguments"]) == {"at": "sky"}
        assert [one.headers["x-cache"] for one in (first, again, second)] == ["MISS", "HIT", "MISS"]
        assert again.content == first.content
        assert message(second)["content"] == "It is sunny."
        assert message(third)["tool_calls"][0]["function"] == call["function"]
        assert "It snows." in post(sandbox, chat("weather", model="claude")).text
        assert (poem["content"], poem["reasoning_content"]) == ("Snow °", "Short.")
        assert heard.json()["text"] == "Bring it back."


def test_what_has_no_sample_answer_gets_the_built_in_reply(tape: Path) -> None:
    """A strict sandbox refuses it; scripts come before sample answers."""
    tape.write_text("\n".join(map(json.dumps, SAMPLES)))

    with Sandbox(replay=tape) as sandbox:
        sandbox.reply("scripted")
        assert "scripted" in post(sandbox, chat("poem")).text
        assert "[sandbox]" in post(sandbox, chat("else")).text
        assert post(sandbox, {"input": "poem"}, "/v1/embeddings").json()["data"]
    with Sandbox(replay=tape, strict=True) as sandbox:
        assert post(sandbox, chat("poem")).status_code == 200
        assert post(sandbox, chat("else")).status_code == 400
        sandbox.clear()


def test_a_client_that_leaves_early_is_not_recorded(home: Sandbox, tape: Path) -> None:
    """Half an answer is no answer."""
    home.reply([b"data: 1\n\n", b"data: 2\n\n"], pause=0.5)
    with recording(home, tape) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        url = sandbox.base_url + CHAT
        sent = chat("a", stream=True)
        with httpx.stream("POST", url, json=sent, headers=headers) as answer:
            next(answer.iter_raw())
    assert tape.read_bytes() == b""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no recordings in {tape}. With a key, `"),
        ("\n", "no recordings in {tape}. With a key, `"),
        ('{"request": {}}\n', "line 1, is not a recording"),
    ],
)
def test_a_wrong_file_is_refused_at_the_start(tape: Path, content: str | None, reason: str) -> None:
    """The error has its path, and its line or how recordings are made."""
    if content is not None:
        tape.write_text(content)
    with pytest.raises(ValueError, match=re.escape(reason.format(tape=tape))):
        Sandbox(replay=tape).start()


def test_only_a_good_answer_replaces_what_was_recorded_before(home: Sandbox, tape: Path) -> None:
    """Not a start, nor a gateway that is away or refuses; the second answer is added."""
    tape.write_text("the old recording\n" * 6)
    for url, key in (("http://127.0.0.1:9", KEY), (home.base_url, "sk_wrong")):
        with Sandbox(record=tape, upstream=url, upstream_key=key) as sandbox:
            assert post(sandbox, chat("a")).status_code in {401, 502}
    assert tape.read_text() == "the old recording\n" * 6
    with recording(home, tape) as sandbox:
        post(sandbox, chat("a"))
        post(sandbox, chat("b"))
    lines = tape.read_text().splitlines()
    assert [json.loads(line)["request"]["path"] for line in lines] == [CHAT] * 2


def test_a_recording_needs_a_key(monkeypatch: pytest.MonkeyPatch, tape: Path) -> None:
    """It says which variable holds it."""
    monkeypatch.delenv("POLLINATIONS_API_KEY", raising=False)
    monkeypatch.delenv("POLLINATIONS_TOKEN", raising=False)
    with pytest.raises(ValueError, match="POLLINATIONS_API_KEY"):
        Sandbox(record=tape)


SCRIPT = """
import os, urllib.request
url = os.environ["POLLINATIONS_BASE_URL"] + "/text/hello"
headers = {"Authorization": "Bearer " + os.environ["POLLINATIONS_API_KEY"]}
print(urllib.request.urlopen(urllib.request.Request(url, headers=headers)).read())
"""


def test_the_command_records_and_replays(
    home: Sandbox, tape: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the user's key from the environment, which the command's process never sees."""
    monkeypatch.setenv("POLLINATIONS_API_KEY", KEY)
    home.reply("recorded")
    command = ["--", sys.executable, "-c", SCRIPT]
    assert main(["record", str(tape), "--upstream", home.base_url, *command]) == 0
    home.close()
    assert main(["replay", str(tape), *command]) == 0
    assert capfd.readouterr().out.splitlines() == ["b'recorded'"] * 2
    with pytest.raises(SystemExit):
        main(["replay", str(tape) + ".absent", *command])


def test_the_fixture_replays_what_a_switch_records(
    home: Sandbox, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named from the folder of the test."""
    monkeypatch.setenv("POLLINATIONS_API_KEY", KEY)
    home.reply("recorded")
    pytester.makepyfile(
        f"""
        import httpx, os, pytest

        @pytest.mark.pollinations_sandbox(replay="tape.jsonl", upstream={home.base_url!r})
        def test_it(pollinations_sandbox):
            headers = {{"Authorization": "Bearer " + pollinations_sandbox.api_key}}
            answer = httpx.get(pollinations_sandbox.base_url + "/text/hello", headers=headers)
            assert answer.text == "recorded"
        """
    )
    for switch in (["--pollinations-record"], []):
        result = pytester.runpytest_inprocess(
            "-o", "asyncio_default_fixture_loop_scope=function", *switch
        )
        result.assert_outcomes(passed=1)
    assert (pytester.path / "tape.jsonl").exists()
    assert len(home.requests) == 1
