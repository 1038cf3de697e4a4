"""README.md in the wheel's metadata, where no file lies beside it.

Links and images that point into the repository become their text; links to other sites stay.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_INTO_THE_REPOSITORY = re.compile(r"!?\[([^\]]*)\]\((?!https?://)[^)]*\)")


class Readme(MetadataHookInterface):
    """The project's `readme`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `readme` in the project's metadata."""
        text = Path(self.root, "README.md").read_text("utf-8")
        text = _INTO_THE_REPOSITORY.sub(r"\1", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
