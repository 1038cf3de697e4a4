from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tables import cases

from pollinations_sandbox import Key, Sandbox

_PATH = "/v1/chat/completions"
_BODY = {"messages": [{"role": "user", "content": "Hi"}], "model": "openai"}
_KEYS = {
    "sk_good": Key(),
    "sk_openai": Key(models=("openai",)),
    "sk_gemini": Key(models=("gemini",)),
    "sk_spent": Key(budget=0),
    "sk_poor": Key(balance=0),
    "sk_budget": Key(budget=2.5, permissions=()),
    "pk_slow": Key(kind="publishable", rate_limit=True),
}


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def locked(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox with keys of every kind."""
    with Sandbox(api=request.param, keys=_KEYS) as sandbox:
        yield sandbox


def _post(
    sandbox: Sandbox, key: str | None = None, body: Any = None, **headers: str
) -> httpx.Response:
    sandbox.clear()
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return httpx.post(sandbox.base_url + _PATH, json=body or _BODY, headers=headers)


@cases(__file__, "without_a_good_key_the_answer_is_401")
def test_without_a_good_key_the_answer_is_401(locked: Sandbox, headers: dict[str, str]) -> None:
    """Only `Bearer` with a capital B carries a key."""
    answer = _post(locked, **headers)

    message = answer.json()["error"]["message"]
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    if locked.api == "2026-01":
        assert message.startswith("You need to authenticate by providing a session cookie")
    elif "nobody" in str(headers):
        assert message.startswith("Invalid API key.")
    else:
        assert message.startswith("Authentication required.")


def test_a_key_is_needed_after_the_schema_and_the_cache(locked: Sandbox) -> None:
    """A wrong body is told before a wrong key, and a cached answer needs none; `?key=` is one."""
    assert _post(locked, "sk_nobody", {"messages": 1}).status_code == 400
    assert httpx.post(f"{locked.base_url}{_PATH}?key=sk_good", json=_BODY).status_code == 200
    _post(locked, "sk_good")
    answer = httpx.post(locked.base_url + _PATH, json=_BODY)
    assert (answer.status_code, answer.headers["X-Cache"]) == (200, "HIT")


@cases(__file__, "what_a_key_may_not_have")
@pytest.mark.parametrize("stream", [False, True])
def test_what_a_key_may_not_have(
    locked: Sandbox, key: str, status: int, code: str, words: str, *, stream: bool
) -> None:
    """The 2026-01 API answers 402 or 403; 2026-10 says it in an answer with status 200."""
    answer = _post(locked, key, _BODY | {"stream": stream})

    if locked.api == "2026-01":
        assert answer.status_code == status
        assert answer.json()["error"]["code"] in {"FORBIDDEN", "PAYMENT_REQUIRED"}
        return
    if not stream:
        assert words in answer.json()["choices"][0]["message"]["content"]
    wanted = _BODY | {"response_format": {"type": "json_object"}}
    wanted["messages"] = [{"role": "user", "content": "Hi in json"}]
    real = _post(locked, key, wanted)
    assert (real.status_code, real.json()["error"]["code"]) == (status, code)


def test_a_key_for_a_model_takes_its_aliases(locked: Sandbox) -> None:
    """A key for `openai` may ask for it by any name."""
    assert _post(locked, "sk_openai").status_code == 200


def test_a_key_sees_only_its_own_models_and_a_wrong_key_all(locked: Sandbox) -> None:
    """The lists of models check no key."""

    def ids(key: str) -> list[str]:
        headers = {"Authorization": f"Bearer {key}"}
        data = httpx.get(f"{locked.base_url}/v1/models", headers=headers).json()["data"]
        return [item["id"] for item in data]

    assert (
        ids("sk_openai") == {"2026-01": ["openai"], "2026-10": ["openai/gpt-5.4-nano"]}[locked.api]
    )
    assert len(ids("sk_nobody")) > 20


def test_the_account_wants_permissions(locked: Sandbox) -> None:
    """A key without a permission is told which; in 2026-10 its own budget needs none."""
    headers = {"Authorization": "Bearer sk_budget"}
    usage, balance = (
        httpx.get(f"{locked.base_url}/account/{part}", headers=headers)
        for part in ("usage", "balance")
    )
    error = usage.json()["error"]
    assert usage.status_code == 403
    assert error["message"].startswith("API key does not have 'account:usage' permission")
    assert ("fixUrl" in error) == (locked.api == "2026-10")
    assert balance.status_code == {"2026-01": 403, "2026-10": 200}[locked.api]
    assert (balance.json() == {"balance": 2.5}) == (locked.api == "2026-10")
