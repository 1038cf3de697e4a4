"""Notes of a made-up tool library about what came back late, as many as are wanted."""

import random
from typing import Any, Literal

from pydantic import BaseModel, Field

TOOLS = ("drill", "saw", "ladder", "sander", "router", "planer", "chisel", "mower")
MEMBERS = ("Ada", "Boris", "Chen", "Dora", "Emre", "Farid", "Greta", "Hana", "Ivo", "Jun")
WORDS = (
    "{member} brought the {tool} back {days} days late.",
    "The {tool} that {member} had was {days} days late.",
    "{days} days late: the {tool}. {member} was sorry.",
    "Reminded {member} about the {tool}; it came {days} days late.",
)


class LateReturn(BaseModel):
    """What a note says about a tool that came back late."""

    tool: Literal[TOOLS] = Field(description="which tool came back")
    days_late: int = Field(description="how many days late it was")


def notes(count: int) -> list[dict[str, Any]]:
    """Make notes, the same ones each time.

    Args:
        count: How many.

    Returns:
        For each its `id`, the `note`, and what a reader should find in it: `tool`, `days_late`.
    """
    draw = random.Random(1)  # noqa: S311 - made up, no secret
    rows = []
    for number in range(count):
        tool, days = draw.choice(TOOLS), draw.randint(2, 30)
        note = draw.choice(WORDS).format(member=draw.choice(MEMBERS), tool=tool, days=days)
        rows.append({"id": f"note-{number:05}", "note": note, "tool": tool, "days_late": days})
    return rows
