"""The facts of the gateway that stand in JSON files beside the code."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> Any:  # noqa: ANN401 - JSON, of another shape in each file
    """The file of this name: account, errors, lists or schemas."""
    return json.loads(files(__package__).joinpath(f"{name}.json").read_text())
