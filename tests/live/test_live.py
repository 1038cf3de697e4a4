"""What only the real gateway can show, at its cheapest: `make live`, with a key in the environment.

Each check gives facts. They are asserted for the gateway and compared with the sandbox's.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from langchain_pollinations import ChatPollinations
from langchain_pollinations import PollinationsError as LangChainError
from langchain_pollinations.gateway import (
    Client,
    account,
    embeddings,
    image,
    models,
    speech,
    transcription,
    video,
)
from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

Where = dict[str, str]
Facts = dict[str, Any]
Compare = Callable[[Callable[[Where], Facts]], Facts]

MODELS = ("openai-fast", "gemini-fast", "mistral", "claude-fast", "deepseek")
"""One cheap model of each dialect."""

VIDEO_COST = 0.4
"""What the shortest video of the cheapest model costs at most, in pollen."""

ASK = "What is 2 plus 3? Answer with the number only."
"""Small, and answered by each model."""


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def cost_of(metadata: dict[str, Any]) -> float:
    return float(metadata.get("cost") or 0)


# Chats -----------------------------------------------------------------------------------------


def langchain_whole(where: Where, model: str) -> Facts:
    """One answer with its usage."""
    answer = ChatPollinations(model=model, max_tokens=200, catalog=True, **where).invoke(ASK)
    metadata = answer.response_metadata
    return {
        "text": bool(answer.text.strip()),
        "finish": metadata.get("finish_reason"),
        "counted": bool(answer.usage_metadata and answer.usage_metadata["total_tokens"]),
        "cost": cost_of(metadata),
    }


def langchain_streamed(where: Where, model: str) -> Facts:
    """The same in pieces, which add up."""
    whole: Any = None
    for chunk in ChatPollinations(model=model, max_tokens=200, catalog=True, **where).stream(ASK):
        whole = chunk if whole is None else whole + chunk
    return {
        "text": bool(whole.text.strip()),
        "finish": whole.response_metadata.get("finish_reason"),
        "counted": bool(whole.usage_metadata),
        "cost": cost_of(whole.response_metadata),
    }


def langchain_tool(where: Where, model: str) -> Facts:
    """A call, its result and an answer; thoughts and signatures go back with the call."""
    bound = ChatPollinations(model=model, max_tokens=300, catalog=True, **where).bind_tools([add])
    question = HumanMessage("Use the tool to add 20 and 22.")
    called = bound.invoke([question])
    call = called.tool_calls[0]
    answer = bound.invoke([question, called, ToolMessage("42", tool_call_id=call["id"])])
    spent = cost_of(called.response_metadata) + cost_of(answer.response_metadata)
    return {"call": (call["name"], call["args"]), "42": "42" in answer.text, "cost": spent}


def langchain_object(where: Where, model: str) -> Facts:
    """An object of a class."""
    model_ = ChatPollinations(model=model, max_tokens=300, catalog=True, **where)
    found = model_.with_structured_output(Person).invoke("Ada is 36 years old.")
    return {"found": found}


def llama_index_whole(where: Where, model: str) -> Facts:
    """One answer with its usage."""
    answer = Pollinations(model=model, max_tokens=200, catalog=True, **where).complete(ASK)
    metadata = answer.additional_kwargs
    return {
        "text": bool(answer.text.strip()),
        "counted": bool(metadata.get("total_tokens")),
        "cost": cost_of(metadata),
    }


def llama_index_streamed(where: Where, model: str) -> Facts:
    """The same in pieces."""
    pieces = list(
        Pollinations(model=model, max_tokens=200, catalog=True, **where).stream_complete(ASK)
    )
    return {
        "text": bool(pieces[-1].text.strip()),
        "adds up": pieces[-1].text == "".join(piece.delta or "" for piece in pieces),
        "cost": cost_of(pieces[-1].additional_kwargs),
    }


def llama_index_tool(where: Where, model: str) -> Facts:
    """A call, its result and an answer."""
    llm = Pollinations(model=model, max_tokens=300, catalog=True, **where)
    tool = FunctionTool.from_defaults(add)
    history = [ChatMessage("Use the tool to add 20 and 22.")]
    called = llm.chat_with_tools([tool], chat_history=history)
    [call] = llm.get_tool_calls_from_response(called)
    result = ChatMessage("42", role="tool", additional_kwargs={"tool_call_id": call.tool_id})
    answer = llm.chat_with_tools([tool], chat_history=[*history, called.message, result])
    return {
        "call": (call.tool_name, call.tool_kwargs),
        "42": "42" in str(answer.message.content),
        "cost": cost_of(called.additional_kwargs) + cost_of(answer.additional_kwargs),
    }


def llama_index_object(where: Where, model: str) -> Facts:
    """An object of a class."""
    llm = Pollinations(model=model, max_tokens=300, catalog=True, **where)
    return {"found": llm.as_structured_llm(Person).complete("Ada is 36 years old.").raw}


CHATS: dict[str, tuple[Callable[[Where, str], Facts], ...]] = {
    "whole": (langchain_whole, llama_index_whole),
    "streamed": (langchain_streamed, llama_index_streamed),
    "tool": (langchain_tool, llama_index_tool),
    "object": (langchain_object, llama_index_object),
}
EXPECTED: dict[str, Facts] = {
    "whole": {"text": True, "counted": True},
    "streamed": {"text": True},
    "tool": {"call": ("add", {"a": 20, "b": 22})},
    "object": {"found": Person(name="Ada", age=36)},
}


@pytest.mark.parametrize("what", CHATS)
@pytest.mark.parametrize("framework", ["langchain", "llama_index"])
@pytest.mark.parametrize("model", MODELS)
def test_each_dialect_chats(compare: Compare, model: str, framework: str, what: str) -> None:
    """Whole and streamed answers, tools there and back, and objects, in both frameworks."""
    check = CHATS[what][framework == "llama_index"]
    facts = compare(lambda where: check(where, model))

    assert facts | EXPECTED[what] == facts


def test_the_same_again_is_a_hit(compare: Compare) -> None:
    """The gateway's cache answers an identical request."""

    def check(where: Where) -> Facts:
        model = ChatPollinations(model="openai-fast", max_tokens=20, seed=11, catalog=True, **where)
        answers = [model.invoke("Say hello.") for _ in range(2)]
        return {"cache": answers[1].response_metadata["headers"].get("x-cache")}

    assert compare(check)["cache"] == "HIT"


def test_a_wrong_key_and_a_wrong_model_are_refused(compare: Compare) -> None:
    """With our own errors, by status."""

    def check(where: Where) -> Facts:
        facts: Facts = {}
        for name, options in {
            "key": {**where, "api_key": "sk_wrong", "model": "openai-fast"},
            "model": {**where, "model": "no-such-model"},
        }.items():
            with pytest.raises(LangChainError) as caught:
                ChatPollinations(max_retries=0, **options).invoke("Hello?")
            facts[name] = (type(caught.value).__name__, caught.value.status)
        return facts

    assert compare(check)["key"][1] == 401


# Everything else -------------------------------------------------------------------------------


def media(where: Where, call: Any) -> Any:
    with Client(where["api_key"], where["base_url"]) as client:
        return client.send(call)


@pytest.mark.parametrize(
    ("call", "mime"),
    [
        (image("a red dot", model="flux", width=64, height=64, seed=1), "image/jpeg"),
        (speech("Yes."), "audio/mpeg"),
    ],
    ids=["image", "speech"],
)
def test_media_come_in_their_smallest(compare: Compare, call: Any, mime: str) -> None:
    """Each route gives bytes of its type."""

    def check(where: Where) -> Facts:
        made = media(where, call)
        return {"mime": made.mime, "bytes": bool(made.data)}

    assert compare(check) == {"mime": mime, "bytes": True}


def test_speech_is_written_down(compare: Compare) -> None:
    """By the route for transcriptions."""

    def check(where: Where) -> Facts:
        said = media(where, transcription(media(where, speech("Good morning."))))
        return {"text": bool(said.text)}

    assert compare(check)["text"]


def test_models_are_listed(compare: Compare) -> None:
    """With the names that the checks use."""

    def check(where: Where) -> Facts:
        names = {
            name for model in media(where, models("text")) for name in (model.name, *model.aliases)
        }
        return {"known": sorted(set(MODELS) & names)}

    assert compare(check)["known"]


def test_texts_are_embedded(compare: Compare) -> None:
    """With as many numbers as were asked for."""

    def check(where: Where) -> Facts:
        vectors = media(where, embeddings(["bee"], model="openai-3-small", dimensions=128)).vectors
        return {"numbers": [len(vector) for vector in vectors]}

    assert compare(check)["numbers"] == [128]


def test_a_picture_is_seen(compare: Compare) -> None:
    """An image in a message reaches the model, in both frameworks."""

    def check(where: Where) -> Facts:
        picture = media(where, image("a red circle", model="flux", width=64, height=64, seed=1))
        block = {"type": "image", "base64": b64encode(picture.data).decode()}
        block["mime_type"] = picture.mime
        options = {"model": "openai-fast", "max_tokens": 300, "catalog": True, **where}
        seen = ChatPollinations(**options).invoke([HumanMessage(["Which colour?", block])])
        blocks = [TextBlock(text="Which colour?"), ImageBlock(image=picture.data)]
        llama_index = Pollinations(**options).chat([ChatMessage("user", blocks=blocks)])
        return {
            "langchain": bool(seen.text),
            "llama_index": bool(llama_index.message.content),
            "cost": cost_of(seen.response_metadata) + cost_of(llama_index.additional_kwargs),
        }

    facts = compare(check)
    assert facts == {"langchain": True, "llama_index": True}


def test_gemini_searches_with_its_own_tool(compare: Compare) -> None:
    """A built-in tool beside a question of the day."""

    def check(where: Where) -> Facts:
        model = ChatPollinations(
            model="gemini-fast", builtin_tools=["google_search"], max_tokens=200, **where
        )
        answer = model.invoke("What is the newest version of Python? One line.")
        return {"text": bool(answer.text), "cost": cost_of(answer.response_metadata)}

    assert compare(check)["text"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_answer_may_be_stored(compare: Compare, streamed: bool) -> None:
    """`no-store` marks refusals that come with the status of an answer; an answer has none."""

    def check(where: Where) -> Facts:
        model = ChatPollinations(model="openai-fast", max_tokens=20, streaming=streamed, **where)
        headers = model.invoke("Say yes.").response_metadata["headers"]
        return {"no-store": "no-store" in headers.get("cache-control", "")}

    compare(check)


def test_the_account_is_shown(compare: Compare) -> None:
    """What the key may do, and what is left."""

    def check(where: Where) -> Facts:
        key, balance = media(where, account.key()), media(where, account.balance())
        return {"valid": key.valid, "balance": balance.balance >= 0}

    assert compare(check) == {"valid": True, "balance": True}


def test_a_video_is_made(compare: Compare, pollen_left: float) -> None:
    """The shortest one, with its sound off: about 0.32 pollen, so only with LIVE_POLLEN=0.6."""
    if pollen_left < VIDEO_COST:
        pytest.skip(f"a video costs {VIDEO_COST} pollen: set LIVE_POLLEN=0.6")

    def check(where: Where) -> Facts:
        made = media(where, video("waves", model="veo", duration=4))
        return {"mime": made.mime, "bytes": bool(made.data), "cost": VIDEO_COST}

    assert compare(check) == {"mime": "video/mp4", "bytes": True}


def test_the_sandbox_is_there(sandbox: Sandbox) -> None:
    """So that differences can be told."""
    assert sandbox.base_url
