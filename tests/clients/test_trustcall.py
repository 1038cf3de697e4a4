"""Trustcall: structured data that is repaired and updated by patches."""

from typing import Any

from pydantic import BaseModel, field_validator
from trustcall import create_extractor

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Recorded, Reply, Sandbox


class Hive(BaseModel):  # without a docstring, so that its tool has no description
    name: str
    bees: int

    @field_validator("bees")
    @classmethod
    def _some(cls, bees: int) -> int:
        if bees < 1:
            raise ValueError("a hive has bees")
        return bees


def test_a_wrong_call_is_patched(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """What fails the model's own check is sent back and repaired by a patch."""

    def patch(request: Recorded) -> Reply:
        """The patch of a person who read the error."""
        calls = request.body["messages"]
        call = next(message for message in calls if message.get("tool_calls"))["tool_calls"][0]
        repair = [{"op": "replace", "path": "/bees", "value": 400}]
        given = {"json_doc_id": call["id"], "planned_edits": "more bees", "patches": repair}
        return Reply(tool_calls=[("PatchFunctionErrors", given)])

    sandbox.reply(tool_calls=[("Hive", {"name": "Elm", "bees": 0})])
    sandbox.on(patch, times=1)
    extractor = create_extractor(chat, tools=[Hive], tool_choice="Hive")
    result = extractor.invoke({"messages": [("user", "The hive in the elm has 400 bees.")]})

    assert result["responses"] == [Hive(name="Elm", bees=400)]


async def test_a_document_is_updated(sandbox: Sandbox, chat: ChatPollinations) -> None:
    """What is there is changed by a patch, and the rest stays."""
    edit: dict[str, Any] = {
        "json_doc_id": "Hive",
        "planned_edits": "count again",
        "patches": [{"op": "replace", "path": "/bees", "value": 9}],
    }
    sandbox.reply(tool_calls=[("PatchDoc", edit)])
    extractor = create_extractor(chat, tools=[Hive])
    known = {"Hive": {"name": "Elm", "bees": 4}}
    result = await extractor.ainvoke({"messages": [("user", "Nine now.")], "existing": known})

    assert result["responses"] == [Hive(name="Elm", bees=9)]
