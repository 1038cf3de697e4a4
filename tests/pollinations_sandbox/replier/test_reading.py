"""Attachments are told by kind, media type and size."""

from typing import Any

from tables import cases

from pollinations_sandbox.replier.reading import attachment


@cases(__file__, "an_attachment_is_told_by_its_facts")
def test_an_attachment_is_told_by_its_facts(kind: str, inner: dict[str, Any], told: str) -> None:
    """What it shows or says is not read."""
    assert str(attachment({"type": kind, kind: inner})) == told
