"""Sources of the models that search the web: made up, on reserved hosts, and repeatable."""

import re
from dataclasses import replace

from pollinations_sandbox.answer import Answer
from pollinations_sandbox.author.words import keywords

_CLOSED = ("", "}", "]", "`")  # nothing can be added to JSON
_HOSTS = ("example.org", "example.com", "example.net")


def cited(answer: Answer, asked: str, *, model: str) -> Answer:
    """The answer with its sources, if the model searches."""
    if not (model.startswith("perplexity") or model == "gemini-search"):
        return answer
    chosen = keywords(asked[:2000], 3)
    slug = re.sub(r"[^a-z0-9]+", "-", " ".join(chosen).lower()).strip("-") or "page"
    urls = tuple(f"https://{host}/{slug}" for host in _HOSTS)
    results = tuple(
        {
            "title": f"{' '.join(chosen).title() or 'Page'} on {host}",
            "url": url,
            "date": "2026-01-01",
        }
        for host, url in zip(_HOSTS, urls, strict=True)
    )
    notes = model.startswith("perplexity") and answer.text[-1:] not in _CLOSED
    text = f"{answer.text} [1]" if notes else answer.text
    return replace(answer, text=text, citations=urls, search_results=results)
