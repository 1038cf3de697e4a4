"""What each request gets, in both APIs (tables/routes.jsonl); wrong JSON, bounds, web pages."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from tables import cases

from pollinations_sandbox import Reply, Sandbox
from pollinations_sandbox.tables import table

Ask = Callable[..., httpx.Response]
CHAT = "/v1/chat/completions"
USER = {"role": "user", "content": "Hi"}
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1.5, 10**40, "", "x", "\ud800", [], [[]], [None], ["x"], [1, {}]),
    *({}, {"type": "x"}, {"type": []}, {"type": "function", "function": None}, {"name": 7}),
)
ROUTES = (
    ("chat", CHAT, {"messages": [USER]}),
    ("embeddings", "/v1/embeddings", {"input": "a"}),
    ("speech", "/v1/audio/speech", {"input": "a"}),
    ("generations", "/v1/images/generations", {"prompt": "a"}),
    ("edits", "/v1/images/edits", {"prompt": "a", "image": "https://a/b.png"}),
)


def fields(route: str) -> list[str]:
    """Every field that a schema knows."""
    parts = ("properties", "2026-01", "2026-10")
    return sorted({name for part in parts for name in table("schemas")[route].get(part, ())})


def post(client: httpx.Client, path: str, raw: bytes) -> httpx.Response:
    return client.post(path, content=raw, headers={"Content-Type": "application/json"})


@cases(__file__, "routes")
def test_a_request_gets_what_its_row_says(
    *,
    api: str,
    method: str,
    path: str,
    body: Any,
    status: int,
    expected: dict[str, Any],
    sandbox: Sandbox,
    client: httpx.Client,
) -> None:
    """Its status; headers, what the provider got, a size, wrong fields, or words of the body."""
    if api not in {"both", sandbox.api}:
        return
    answer = client.request(method, path, json=body)

    assert answer.status_code == status, answer.text
    for name, value in expected.get("headers", {}).items():
        assert answer.headers[name].startswith(value)
    forwarded = sandbox.last.forwarded or {}
    assert {name: forwarded.get(name) for name in expected.get("forwarded", {})} == expected.get(
        "forwarded", {}
    )
    assert not forwarded.keys() & set(expected.get("absent", ()))
    if "size" in expected:
        with Image.open(BytesIO(answer.content)) as image:
            assert (image.format, list(image.size)) == ("JPEG", expected["size"])
    if "wrong" in expected:
        wrong = answer.json()["error"]["details"]["fieldErrors"]
        names = expected["wrong"]
        assert wrong == names if isinstance(names, dict) else sorted(wrong) == sorted(names)
    assert expected.get("text", "") in (answer.text if "text" in expected else "")


@pytest.mark.parametrize(("route", "path", "body"), ROUTES)
def test_a_wrong_type_of_any_field_is_no_crash(
    route: str, path: str, body: dict[str, Any], sandbox: Sandbox, client: httpx.Client
) -> None:
    """Each value is taken or refused; 500 would be an error of the sandbox."""
    sandbox.reply(b"scripted", times=None)
    for field in (*fields(route), "max_completion_tokens", "n"):
        for value in VALUES:
            bodies = [{**body, field: value}]
            if route == "chat":
                bodies.append({"messages": [USER, USER | {field: value}]})
            for sent in bodies:
                answer = post(client, path, json.dumps(sent).encode())
                assert answer.status_code < 500, (field, value, answer.text)


@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings", "/v1/audio/speech"])
@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"messages": NaN}',
        b'{"messages": ' + b"1" * 10_000 + b"}",
        b"\xff\xfe",
        b"null",
        b"",
    ],
)
def test_what_javascript_does_not_read_is_no_json(
    path: str, raw: bytes, sandbox: Sandbox, client: httpx.Client
) -> None:
    """Too deep, words that only Python takes for numbers, and bytes that are not text."""
    answer = post(client, path, raw)
    absent = sandbox.api == "2026-01" and path == "/v1/embeddings"
    assert answer.status_code == (404 if absent else 400), answer.text


def test_an_endless_number_is_refused(client: httpx.Client) -> None:
    """JavaScript reads 1e999 as Infinity, which no field takes."""
    body = b'{"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1e999, "seed": -1e999}'
    wrong = post(client, CHAT, body).json()["error"]["details"]["fieldErrors"]
    assert set(wrong) == {"max_tokens", "seed"}


def test_what_is_remembered_is_bounded(sandbox: Sandbox, ask: Ask) -> None:
    """The newest requests stay."""
    first = ask(user="first")
    assert first.status_code == 200
    record = sandbox.last
    sandbox.requests.extend([record] * 10_000)
    ask(user="newest")
    assert len(sandbox.requests) == 10_000
    assert sandbox.last.body["user"] == "newest"


@cases(__file__, "no_web_page_spends_the_key_of_an_upstream")
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_no_web_page_spends_the_key_of_an_upstream(
    method: str, headers: dict[str, str], status: int
) -> None:
    """By Origin, by what browsers say of a fetch, and by a name that was bound anew."""
    with Sandbox(upstream="http://127.0.0.1:9", upstream_key="sk_secret") as sandbox:
        sandbox.reply(Reply("scripted"), times=None)
        path = CHAT if method == "POST" else "/v1/models"
        answer = httpx.request(
            method,
            sandbox.base_url + path,
            json={"messages": [USER]} if method == "POST" else None,
            headers={"Authorization": f"Bearer {sandbox.api_key}", **headers},
        )
    assert answer.status_code == status


def test_without_a_key_of_an_upstream_pages_are_answered(client: httpx.Client) -> None:
    """There is nothing to spend."""
    answer = client.get("/v1/models", headers={"Origin": "https://page.example"})
    assert answer.status_code == 200
