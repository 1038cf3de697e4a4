"""What the schemas let pass is in tables/routes.jsonl; here are bodies that are no objects."""

from typing import Any

import httpx
import pytest

from pollinations_sandbox import Sandbox

JSON = {"Content-Type": "application/json"}
INVALID = "JSON body validation failed"
ABSENT = {"messages": ["Invalid input: expected array, received undefined"]}
ARRAY = {"formErrors": ["Invalid input: expected object, received array"]}


@pytest.mark.parametrize(
    ("content", "headers", "message", "details"),
    [
        ('{"messages": 1}', {}, INVALID, {"fieldErrors": ABSENT}),
        ("[1]", JSON, INVALID, ARRAY),
        ("{", JSON, None, {}),
    ],
)
def test_a_body_that_is_no_object_is_refused(
    *,
    content: str,
    headers: dict[str, str],
    message: str | None,
    details: Any,
    sandbox: Sandbox,
    client: httpx.Client,
) -> None:
    """Without its content type it is empty; broken JSON has a message of its own."""
    answer = client.post("/v1/chat/completions", content=content, headers=headers)
    broken = {"2026-01": "Malformed JSON in request body", "2026-10": "Invalid JSON body"}
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "BAD_REQUEST")
    assert error["message"] == (message or broken[sandbox.api])
    assert details.items() <= error.get("details", {}).items()
