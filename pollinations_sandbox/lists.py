"""The lists of models, as each API version spells them and as each key sees them."""

import time
from collections.abc import Mapping
from typing import Any, Final

from pollinations_sandbox.catalog import Entry, community, entries
from pollinations_sandbox.response import Response, json_response
from pollinations_sandbox.state import Prices, Recorded, State
from pollinations_sandbox.tables import table

Json = dict[str, Any]

KINDS: Final[Mapping[str, list[str]]] = table("lists")["routes"]
"""The routes of lists, and the kinds of models that each of them has."""


def openai_list(record: Recorded, state: State) -> Response:
    """GET /v1/models: ids of text models (2026-01), or all models and abilities (2026-10)."""
    created = int(time.time() * 1000)
    data = [
        {"id": entry.id, "object": "model", "created": created}
        | (_abilities(entry, state.prices) if state.api == "2026-10" else {})
        for entry in _seen(record, state)
        if state.api == "2026-10" or entry.kind == "text"
    ]
    return json_response({"object": "list", "data": data})


def rich_list(record: Recorded, state: State) -> Response:
    """GET /text/models and its like: a bare array with prices and abilities."""
    kinds = KINDS[record.path][: 1 if state.api == "2026-10" else None]
    return json_response(
        [_rich(each, state.prices) for each in _seen(record, state) if each.kind in kinds]
    )


def _seen(record: Recorded, state: State) -> list[Entry]:
    """All models; a known key with a list of its own sees only those. A wrong key sees all."""
    key = state.key(record)
    unpaid = key is not None and key.balance <= 0 and state.api == "2026-10"
    return [
        entry
        for entry in (*entries(state.api), *map(community, range(state.community_models)))
        if (key is None or key.models is None or set(key.models) & set(entry.names))
        and not (entry.paid and unpaid)
    ]


def _rich(entry: Entry, prices: Prices) -> Json:
    """All that the lists say of a model; what does not apply is left out."""
    item: Json = {
        "name": entry.id,
        "aliases": list(entry.aliases),
        "description": f"{entry.upstream} by {entry.provider}",
        **_abilities(entry, prices),
        "is_specialized": entry.specialized if entry.kind == "text" else None,
        "voices": table("schemas")["$defs"]["voice"]["enum"] if "audio" in entry.outputs else None,
    }
    item |= {name: item[name] or None for name in ("tools", "reasoning")}
    if prices == "2026-10":
        item |= {
            "category": entry.kind,
            "publisher": entry.id.partition("/")[0],
            "title": entry.id.rpartition("/")[2],
            "community": entry.provider == "community",
            "paid_only": entry.paid,
            "health": {"status": "operational", "success_rate": 0.998, "requests": 1000},
        }
    return {name: value for name, value in item.items() if value is not None}


def _abilities(entry: Entry, prices: Prices) -> Json:
    item: Json = {
        "input_modalities": list(entry.inputs),
        "output_modalities": list(entry.outputs),
        "pricing": _pricing(entry, prices),
        "tools": "tool_calling" in entry.capabilities,
        "reasoning": "reasoning" in entry.capabilities,
    }
    if prices == "2026-10":
        item["supported_endpoints"] = table("lists")["endpoints"][entry.kind]
        item["capabilities"] = list(entry.capabilities)
    if entry.context:
        item["context_length" if prices == "2026-10" else "context_window"] = entry.context
    return item


def _pricing(entry: Entry, prices: Prices) -> Json:
    """Prices as decimal text now, as numbers before, and under other names before that."""
    if prices == "2026-10":
        return {"currency": "pollen", **entry.prices}
    numbers = {name: float(price) for name, price in entry.prices.items()}
    if prices == "seed":
        names = table("lists")["seed"]
        numbers = {names[name]: numbers[name] for name in numbers if name in names}
    return {"currency": "pollen", **numbers}
