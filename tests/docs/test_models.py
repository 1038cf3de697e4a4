"""The prices that the page shows are those that the sandbox lists, as the page says."""

import re
from decimal import Decimal
from pathlib import Path

from _pollinations.http.client import Client
from _pollinations.models.model import models
from _pollinations.models.selection import available
from pollinations_sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
PER_TOKENS = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
PER_PICTURE = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) a picture \|$", PAGE, re.MULTILINE)


def test_prices_are_those_of_the_sandbox() -> None:
    """Both tables agree with the lists, and are there."""
    with Sandbox() as sandbox, Client(base_url=sandbox.base_url) as client:
        texts, images = client.send(models("text")), client.send(models("image"))

    assert len(PER_TOKENS) > 5
    assert len(PER_PICTURE) > 2
    for name, read, written in PER_TOKENS:
        (model,) = available(texts, [name])
        assert model.prices.prompt == Decimal(read) / 1_000_000, name
        assert model.prices.completion == Decimal(written) / 1_000_000, name
    for name, price in PER_PICTURE:
        (model,) = available(images, [name])
        assert model.prices.per_picture == Decimal(price), name
