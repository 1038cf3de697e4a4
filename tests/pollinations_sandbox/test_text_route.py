"""GET /text/{prompt} of the sandbox, in both APIs."""

import pytest
from httpx import Client

from pollinations_sandbox import Sandbox


def fields(body: dict[str, dict[str, dict[str, dict[str, list[str]]]]]) -> dict[str, list[str]]:
    return body["error"]["details"]["fieldErrors"]


def test_the_answer_is_plain_text(client: Client, sandbox: Sandbox) -> None:
    """With the headers of a chat, and the prompt as its one question."""
    answer = client.get("/text/Hello%2C%20who%20are%20you%3F")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-cache"] == "MISS"
    assert int(answer.headers["x-usage-completion-text-tokens"]) > 0
    assert answer.text
    assert sandbox.last.path == "/text/Hello, who are you?"
    assert sandbox.last.forwarded is not None
    assert sandbox.last.forwarded["messages"][-1]["content"] == "Hello, who are you?"


def test_an_identical_request_is_answered_from_the_cache(client: Client) -> None:
    """With the same text and without counts."""
    first, second = (client.get("/text/Hello?seed=1") for _ in range(2))

    assert second.headers["x-cache"] == "HIT"
    assert second.text == first.text
    assert "x-usage-completion-text-tokens" not in second.headers


@pytest.mark.parametrize("path", ["/text/a/b", "/text/"])
def test_a_prompt_is_one_segment(client: Client, path: str) -> None:
    """A raw slash makes it another route."""
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("prompt", "meant"), [("a%2Fb", "a/b"), ("100%25", "100%"), ("a%0Ab", "a\nb"), ("a+b", "a+b")]
)
def test_an_encoded_prompt_is_decoded_once(
    client: Client, sandbox: Sandbox, prompt: str, meant: str
) -> None:
    """Slashes, percent signs and line breaks may come encoded; a plus stays one."""
    assert client.get(f"/text/{prompt}").status_code == 200
    assert sandbox.last.path == f"/text/{meant}"


@pytest.mark.parametrize("query", ["seed=x", "seed=-2", "temperature=hot"])
def test_a_wrong_number_is_refused(client: Client, query: str) -> None:
    """In the words of the schema."""
    answer = client.get(f"/text/Hi?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Query parameter validation failed"
    assert list(fields(answer.json())) == [query.split("=", maxsplit=1)[0]]


def test_numbers_of_other_routes_are_read_leniently(client: Client, sandbox: Sandbox) -> None:
    """What cannot be read is not said, and the temperature has no range."""
    assert client.get("/text/Hi?top_p=x&max_tokens=5.5&temperature=9").status_code == 200
    assert sandbox.last.forwarded is not None
    assert not sandbox.last.forwarded.keys() & {"top_p", "max_tokens"}


def test_a_strange_switch_is_refused_later(client: Client, sandbox: Sandbox) -> None:
    """January took any word for a switch, October knows yes and no."""
    expected = 200 if sandbox.api == "2026-01" else 400

    assert client.get("/text/Hi?json=perhaps").status_code == expected
    assert client.get("/text/Some%20json%20please?json=true").text.startswith("{")


def test_an_unknown_model_is_refused(client: Client, sandbox: Sandbox) -> None:
    """By the schema in January, by the registry in October."""
    error = client.get("/text/Hi?model=nobody").json()["error"]

    if sandbox.api == "2026-01":
        assert "Invalid option" in error["details"]["fieldErrors"]["model"][0]
    else:
        assert error["message"].startswith('Invalid service or alias: "nobody"')


def test_a_stream_is_that_of_a_chat(client: Client) -> None:
    """The same events and the same end."""
    answer = client.get("/text/Hello?stream=true")

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.rstrip().endswith("data: [DONE]")


def test_an_audio_model_speaks(client: Client) -> None:
    """With bytes of an MP3."""
    answer = client.get("/text/Hello?model=openai-audio&voice=nova")

    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.content.startswith(b"\xff\xf3")


def test_sources_stand_at_the_end(client: Client) -> None:
    """A searching model's links follow the text."""
    answer = client.get("/text/News?model=perplexity-fast")

    assert "\n\n---\nSources:\n[1] https://" in answer.text


def test_bytes_that_were_ordered_pass(client: Client, sandbox: Sandbox) -> None:
    """A test says what comes, whatever it is."""
    sandbox.reply(b"exactly this", headers={"Content-Type": "text/html"})
    assert client.get("/text/Hi?seed=2").text == "exactly this"
    sandbox.reply(b'{"no": "choices"}')
    assert client.get("/text/Hi?seed=3").json() == {"no": "choices"}


def test_a_wrong_key_is_refused(client: Client) -> None:
    """Words cost pollen."""
    answer = client.get("/text/Hi", headers={"Authorization": "Bearer sk_nobody"})

    assert answer.status_code == 401
