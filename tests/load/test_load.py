"""Hundreds of calls at once through both frameworks, and every one is accounted for."""

from types import ModuleType

import pytest
from waiting import side_by_side


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_under_load_and_faults_nothing_is_lost_doubled_or_kept(
    load: ModuleType, colour: str
) -> None:
    """500 calls of each framework, 50 at a time, meet every kind of fault.

    Each ends in its own answer or in an error that a fault explains; objects and descriptors are
    as many after the last quarter as before; no connection is left open; and a process in which
    every warning is an error has nothing to say at its end.
    """

    def check(who: str) -> None:
        report = load.run(who, calls=500, at_once=50, patience=4)

        assert report.problems == []
        assert sum(report.ends.values()) == 500
        assert report.kinds == len(load.PLANNED)
        assert report.errors == report.explained > 0
        assert len(report.rests) == 4

    side_by_side(check, [who for who in load.WHO if who.endswith(f"-{colour}")])


@pytest.mark.parametrize(
    ("way", "requests", "end"),
    [
        ("whole", [None], "lost"),
        ("whole", [None], "foreign: q000007-0"),
        ("whole", [], "answered"),
        ("whole", [None, None], "answered"),
        ("whole", ["503, wait 0 s"] * 4, "ServerError"),
        ("whole", ["503, wait 0 s"], "RateLimitError"),
        ("whole", [None], "ServerError"),
        ("whole", [None], "untyped: KeyError: 'choices'"),
        ("stream", ["cut"], "left"),
        ("cancel", [None], "left"),
    ],
)
def test_what_is_not_explained_is_reported(
    load: ModuleType, way: str, requests: list[str | None], end: str
) -> None:
    """Lost, foreign, unasked, doubled, hidden and wrongly named ends are all found."""
    assert load.unexplained(4, way, requests, end)


def test_what_grows_or_stays_open_is_reported(load: ModuleType) -> None:
    """One object more a call, one descriptor, one connection or one word is found."""
    held = {"memory": 100.0, "objects": 1e5, "blocks": 4e5, "descriptors": 7, "connections": 0}
    calm = load.Report("langchain-sync", 500, 50, start=held, rests=[held] * 4)

    def report(**more: float) -> list[str]:
        last = {**held, **{name: held[name] + by for name, by in more.items()}}
        grown = load.replace(calm, rests=[held, held, held, last])
        return [problem.partition(" ")[0] for problem in load.weighed(grown)]

    assert report() == []
    assert report(objects=250) == ["objects"]
    assert report(blocks=500) == ["blocks"]
    assert report(memory=20) == ["memory"]
    assert report(descriptors=1) == ["descriptors:"]
    assert report(connections=1) == ["1"]
    assert load.weighed(load.replace(calm, stderr="Unclosed")) == ["stderr: Unclosed"]
    assert load.weighed(load.replace(calm, rests=[held])) == ["it did not come to its end"]
