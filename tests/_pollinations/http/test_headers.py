"""Which headers tell a user something."""

from _pollinations.http.headers import answer_headers


def test_headers_about_the_answer_are_told() -> None:
    """Request id, model, cache, usage, moderation and safety are kept; the rest is transport."""
    described = {
        "x-request-id": "r1",
        "x-model-used": "gpt",
        "x-cache": "HIT",
        "x-cache-type": "DEDUP",
        "x-fallback-target": "b",
        "x-usage-prompt-text-tokens": "3",
        "x-moderation-hate-severity": "safe",
        "x-safety-applied": "sexual",
    }

    assert (
        answer_headers(
            {**described, "server": "cloudflare", "set-cookie": "a=b", "x-cache-key": "0"}
        )
        == described
    )
