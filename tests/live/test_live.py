"""What only the real gateway can show, at its cheapest: `make live`, with a key in the environment.

Each check gives facts. They are asserted for the gateway and compared with the sandbox's.
"""

from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from ways import WAYS, Way, add

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


def cost_of(metadata: dict[str, Any]) -> float:
    return float(metadata.get("cost") or 0)


# Chats -----------------------------------------------------------------------------------------


def text(where: Where, model: str, way: Way) -> Facts:
    """One answer, whole or in pieces."""
    outcome = way.ask(chat(where, model, way), ASK)
    facts = {"text": bool(outcome.text.strip()), "finished": outcome.finished}
    return {**facts, "cost": cost_of(outcome.metadata)}


def data(where: Where, model: str, way: Way) -> Facts:
    """An object of a class."""
    return {"found": way.ask_for_data(chat(where, model, way), "Two numbers: 20 and 22.").data}


def chat(where: Where, model: str, way: Way) -> Any:
    return way.model(SimpleNamespace(**where), model=model, max_tokens=300, catalog=True)


def langchain_tool(where: Where, model: str) -> Facts:
    """A call, its result and an answer; thoughts and signatures go back with the call."""
    bound = ChatPollinations(model=model, max_tokens=300, catalog=True, **where).bind_tools([add])
    question = HumanMessage("Use the tool to add 20 and 22.")
    called = bound.invoke([question])
    call = called.tool_calls[0]
    answer = bound.invoke([question, called, ToolMessage("42", tool_call_id=call["id"])])
    spent = cost_of(called.response_metadata) + cost_of(answer.response_metadata)
    return {"call": (call["name"], call["args"]), "42": "42" in answer.text, "cost": spent}


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


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("model", MODELS)
def test_each_dialect_chats(compare: Compare, model: str, way: Way) -> None:
    """Whole and streamed answers, in both frameworks."""
    facts = compare(lambda where: text(where, model, way))

    assert facts == {"text": True, "finished": True}


@pytest.mark.parametrize("way", WAYS[::4], ids=str)
@pytest.mark.parametrize("model", MODELS)
def test_each_dialect_fills_a_class(compare: Compare, model: str, way: Way) -> None:
    """An object, in both frameworks."""
    facts = compare(lambda where: data(where, model, way))

    assert facts == {"found": {"a": 20, "b": 22}}


@pytest.mark.parametrize("check", [langchain_tool, llama_index_tool])
@pytest.mark.parametrize("model", MODELS)
def test_each_dialect_calls_a_tool(
    compare: Compare, model: str, check: Callable[[Where, str], Facts]
) -> None:
    """There and back, in both frameworks."""
    facts = compare(lambda where: check(where, model))

    assert facts["call"] == ("add", {"a": 20, "b": 22})


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
