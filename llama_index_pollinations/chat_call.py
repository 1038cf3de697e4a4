"""One call of the chat model, and the responses that come of it."""

from llama_index.core.base.llms.types import ChatResponse

from _pollinations.chat.reply import Delta, Reply
from _pollinations.models.fallback import Question
from llama_index_pollinations.from_wire import Answer, from_delta, from_reply


class ChatCall:
    """A call and its responses.

    Args:
        question: Which models are asked, and with which bodies.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self._answer = Answer()

    def response(self, reply: Reply) -> ChatResponse:
        """Make the response of a whole answer."""
        return self._with_metadata(from_reply(reply, asked=self.question.body), reply)

    def piece(self, delta: Delta) -> ChatResponse:
        """Make the response of the next piece."""
        response = from_delta(delta, asked=self.question.body, answer=self._answer)
        return response if delta.reply is None else self._with_metadata(response, delta.reply)

    def _with_metadata(self, response: ChatResponse, reply: Reply) -> ChatResponse:
        metadata = self.question.told(reply)
        response.additional_kwargs.update(metadata)
        # Agents keep nothing of a response but its message and what is raw.
        named = {"model_name": self.question.body.get("model")}
        response.raw = {**(response.raw or {}), **named, **metadata}
        return response
