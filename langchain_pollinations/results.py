"""The results of a chat call, with the metadata of its fallback."""

from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.call import Call, Stream
from _pollinations.models.fallback import ChatFallback
from langchain_pollinations.chunks import generation
from langchain_pollinations.from_wire import from_delta, from_reply


def result_of(reply: Reply, call: ChatFallback[Call[Reply]]) -> ChatResult:
    """Make the result of a whole answer."""
    message = from_reply(reply, body=call.body)
    message.response_metadata.update(call.metadata(reply))
    # Tracers look for the reason beside the message.
    info = {"finish_reason": reply.finish_reason}
    usage = message.response_metadata.get("token_usage", {})
    return ChatResult(
        generations=[ChatGeneration(message=message, generation_info=info)],
        llm_output={"token_usage": usage, "model_name": call.body.get("model")},
    )


def chunk_of(delta: Delta, call: ChatFallback[Stream[Delta]]) -> ChatGenerationChunk:
    """Make the chunk of the next piece of a stream."""
    message = from_delta(delta, body=call.body)
    chunk = generation(message)
    if delta.reply is not None:
        message.response_metadata.update(call.metadata(delta.reply))
        chunk.generation_info = {"finish_reason": delta.reply.finish_reason}
    return chunk
