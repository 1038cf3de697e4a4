"""The responses of a chat call, with what its fallback knows."""

from llama_index.core.base.llms.types import ChatResponse

from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.call import Call, Stream
from _pollinations.models.fallback import ChatFallback
from llama_index_pollinations.from_wire import Answer, from_delta, from_reply

ChatCall = ChatFallback[Call[Reply]] | ChatFallback[Stream[Delta]]


def response_of(reply: Reply, call: ChatCall) -> ChatResponse:
    """Make the response of a whole answer."""
    return _with_metadata(from_reply(reply, body=call.body), reply, call)


def piece_of(delta: Delta, call: ChatCall, answer: Answer) -> ChatResponse:
    """Make the response of the next piece of a stream."""
    response = from_delta(delta, body=call.body, answer=answer)
    return response if delta.reply is None else _with_metadata(response, delta.reply, call)


def _with_metadata(response: ChatResponse, reply: Reply, call: ChatCall) -> ChatResponse:
    metadata = call.metadata(reply)
    response.additional_kwargs.update(metadata)
    # Agents keep nothing of a response but its message and what is raw.
    named = {"model_name": call.body.get("model")}
    response.raw = {**(response.raw or {}), **named, **metadata}
    return response
