"""GET /text/{prompt}: one question in a URL, see https://gen.pollinations.ai/docs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypedDict, Unpack

from _pollinations.chat.completion_reader import CompletionReader
from _pollinations.chat.refusals import refusal_of
from _pollinations.chat.reply import Delta, Reply, Usage
from _pollinations.chat.usage import expected_usage
from _pollinations.http.call import Call, Expected, Request, Response, Stream
from _pollinations.http.headers import answer_headers, media_type
from _pollinations.http.values import unreadable
from _pollinations.media.addresses import path_of, query_of
from _pollinations.media.media import Media, read_media
from _pollinations.media.requests import parameters_of
from _pollinations.models.cost import units_of_headers

_SOURCES = "\n---\nSources:\n"
_SOURCE = re.compile(r"\[\d+\] (\S+)")
_NO_TOKENS = Usage(0, 0, 0)


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """A plain answer.

    Attributes:
        text: The answer, without the list of sources.
        citations: URLs of the sources, in their order.
        headers: Headers about the model, the tokens and the cache.
    """

    text: str
    citations: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    def __str__(self) -> str:
        return self.text


class TextOptions(TypedDict, total=False):
    """The options beside the prompt; only what you set is sent.

    Attributes:
        model: A text model, `openai` by default; an audio model answers with sound.
        seed: -1 to 2147483647, or "random": the same question with the same seed is answered from
            the gateway's cache.
        system: A system message.
        json: Ask the model for JSON; some models want the word in the prompt too.
        temperature: How random the choice of tokens is.
        top_p: The share of probable tokens that are considered, 0 to 1.
        presence_penalty: How much tokens that occurred are avoided.
        frequency_penalty: How much tokens that occurred often are avoided.
        repetition_penalty: How much repetition is avoided.
        max_tokens: The longest answer, in tokens.
        max_completion_tokens: The same for reasoning models, reasoning included.
        voice: For an audio model.
        reasoning_effort: Such as `none`, `low`, `medium`, `high`.
        safe: True, or names of filters, separated by commas.
    """

    model: str | None
    seed: int | str | None
    system: str | None
    json: bool | None
    temperature: float | None
    top_p: float | None
    presence_penalty: float | None
    frequency_penalty: float | None
    repetition_penalty: float | None
    max_tokens: int | None
    max_completion_tokens: int | None
    voice: str | None
    reasoning_effort: str | None
    safe: str | bool | None


def text(prompt: str, **options: Unpack[TextOptions]) -> Call[TextAnswer | Media]:
    """Ask one question: GET /text/{prompt}.

    Args:
        prompt: The question; any characters.
        **options: See `TextOptions`.

    Returns:
        A call for a client's `send`: a `TextAnswer`, or `Media` from an audio model.

    Raises:
        InvalidInputError: The prompt is empty, or an option is unknown or wrong.

    Example:
        >>> text("Is 50% of 1/2 a quarter?", json=True).request.path
        '/text/Is%2050%25%20of%201%2F2%20a%20quarter%3F'
    """
    expected = partial(_expected, prompt, options)
    return Call(_request(prompt, options), read_text, expected=expected)


def text_stream(prompt: str, **options: Unpack[TextOptions]) -> Stream[Delta]:
    """Ask one question and read the answer as it comes; see `text`.

    Returns:
        A stream for a client's `stream`; its last piece carries the whole `Reply`.
    """
    reader = partial(CompletionReader, model=options.get("model"))
    expected = partial(_expected, prompt, options)
    return Stream(_request(prompt, options, ("stream", "true")), reader, expected=expected)


def read_text(response: Response) -> TextAnswer | Media:
    """Read a whole answer: text or sound.

    Args:
        response: A 2xx answer.

    Returns:
        The text and its sources, or the sound.

    Raises:
        PollinationsError: The answer is a refusal or a web page.
    """
    kind = media_type(response.headers)
    if kind == "text/html":
        raise unreadable(response, "text")
    if not kind.startswith(("text/", "application/json")):
        return read_media(response)
    body = response.body.decode("utf-8", "replace")
    headers = answer_headers(response.headers)
    if units_of_headers(headers) is None:
        # The gateway counts the tokens of every answer, but neither of a cached one nor a refusal.
        refusal = refusal_of(Reply(body, usage=_NO_TOKENS, finish_reason="stop"), response)
        if refusal is not None:
            raise refusal
    text, citations = _without_sources(body)
    return TextAnswer(text, citations, headers)


def _without_sources(answer: str) -> tuple[str, tuple[str, ...]]:
    """The answer and its sources, which the gateway lists at its end and nowhere else."""
    body, mark, tail = answer.rpartition(_SOURCES)
    sources = [_SOURCE.fullmatch(line.strip()) for line in tail.splitlines() if line.strip()]
    urls = tuple(source[1] for source in sources if source)
    if not mark or not urls or len(urls) < len(sources):
        return answer, ()
    return body.rstrip(), urls


def _request(prompt: str, options: TextOptions, *more: tuple[str, str]) -> Request:
    parameters = parameters_of(options, TextOptions, "text()")
    if prompt in {".", ".."}:
        # Such an address means a folder, also when it is percent-encoded; a blank changes nothing.
        prompt += " "
    query = (*query_of(parameters), *more)
    return Request("GET", path_of("/text/", prompt), query)


def _expected(prompt: str, options: TextOptions) -> Expected:
    system = [{"role": "system", "content": options["system"]}] if options.get("system") else []
    messages = [*system, {"role": "user", "content": prompt}]
    return expected_usage({"model": "openai", **options, "messages": messages})
