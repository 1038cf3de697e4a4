"""One call while it is asked: of one model after the other, each in the way that it takes."""

from collections.abc import Callable, Generator, Mapping, MutableMapping
from typing import Any

from llama_index.core.base.llms.types import ChatResponse

from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.call import Call, Plan, Stream, StreamPlan
from _pollinations.http.errors import (
    ContextOverflowError,
    InvalidInputError,
    InvalidRequestError,
    PollinationsError,
)
from _pollinations.models.fallback import Question, Step, moves_on
from llama_index_pollinations.messages import Answer, from_delta, from_reply

PLAIN: Mapping[str, Mapping[str, Any]] = {"plain": {}}
"""The one way to ask for mere text."""

Body = Mapping[str, Any]


class Ways:
    """The ways in which a call may be put, best first, and the one that a model is asked in now.

    Args:
        offered: What each way adds to a call's options.
        bodies: Makes the body of the call for a model and such an addition.
        taken: The ways that models were found to take; it is written to if there is a choice.
        calls_tools: Whether a model calls tools; if not, it is not asked for an object by a tool.
    """

    def __init__(
        self,
        offered: Mapping[str, Mapping[str, Any]],
        bodies: Callable[[str, Mapping[str, Any]], Body],
        taken: MutableMapping[str, str],
        calls_tools: Callable[[str], bool],
    ) -> None:
        self._offered = offered
        self._bodies = bodies
        self._taken = taken
        self._calls_tools = calls_tools
        self._model = ""
        self._left: list[str] = []

    def first(self, model: str) -> Body:
        """Begin with a model: the body in the way that it took before, else in the best."""
        tools = self._calls_tools(model)
        ways = [way for way in self._offered if tools or way != "tool"] or [*self._offered]
        taken = self._taken.get(model)
        self._model, self._left = model, ways[ways.index(taken) :] if taken in ways else ways
        return self._body()

    def after(self, error: PollinationsError) -> Body | None:
        """Make the body in the next way, if there is one and the error may be about this one."""
        if (
            len(self._left) == 1
            or not isinstance(error, InvalidRequestError)
            or isinstance(error, ContextOverflowError)
            or moves_on(error)
        ):
            return None
        del self._left[0]
        return self._body()

    def took(self) -> None:
        """Remember that the model took the way."""
        if len(self._offered) > 1:
            self._taken[self._model] = self._left[0]

    def _body(self) -> Body:
        while True:
            try:
                return self._bodies(self._model, self._offered[self._left[0]])
            except InvalidInputError:
                # Gemini, for one, takes no JSON format beside tools.
                if len(self._left) == 1:
                    raise
                del self._left[0]


class Asking:
    """A question on its way through models and ways, and the responses that come of it.

    Args:
        question: Which models are asked; it has its bodies from `ways`.
        ways: In which way each of them is asked.
    """

    def __init__(self, question: Question, ways: Ways) -> None:
        self._question = question
        self._ways = ways
        self._answer = Answer()

    def whole(self, spell: Callable[[Body], Call[Reply]]) -> Plan[Reply]:
        """Ask for a whole answer; `spell` makes the call of a body. See `Client.run`."""
        return self._tried(self._question.whole(spell), spell)

    def pieces(self, spell: Callable[[Body], Stream[Delta]]) -> StreamPlan[Delta]:
        """Ask for an answer in pieces. See `Client.run_stream`."""
        return self._tried(self._question.pieces(spell), spell)

    def response(self, reply: Reply) -> ChatResponse:
        """Make the response of a whole answer."""
        return self._told(from_reply(reply, asked=self._question.body), reply)

    def piece(self, delta: Delta) -> ChatResponse:
        """Make the response of the next piece."""
        response = from_delta(delta, asked=self._question.body, answer=self._answer)
        return response if delta.reply is None else self._told(response, delta.reply)

    def _told(self, response: ChatResponse, reply: Reply) -> ChatResponse:
        told = self._question.told(reply)
        response.additional_kwargs.update(told)
        # Agents keep nothing of a response but its message and what is raw.
        named = {"model_name": self._question.body.get("model")}
        response.raw = {**(response.raw or {}), **named, **told}
        return response

    def _tried(
        self, steps: Generator[Any, Any, Any], spell: Callable[[Body], Step]
    ) -> Generator[Any, Any, Any]:
        step = next(steps)
        try:
            while True:
                try:
                    answer = yield step
                except PollinationsError as error:
                    body = self._ways.after(error)
                    if body is None:
                        step = steps.throw(error)
                    else:
                        self._question.body = body
                        step = spell(body)
                else:
                    self._ways.took()
                    step = steps.send(answer)
        except StopIteration as end:
            return end.value
