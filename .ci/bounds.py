"""What pyproject.toml names, as pip constraints: `python .ci/bounds.py [PINS]`.

The dependencies of the package and its extras at their lower bounds; or all that it names, also for
the tools, at the versions that stand in the file PINS.
"""

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = tomllib.loads(Path("pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
GROUPS = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]

if len(sys.argv) > 1:
    GROUPS += PYPROJECT["dependency-groups"].values()
    named = {
        re.split(r"[^\w-]", text)[0] for group in GROUPS for text in group if isinstance(text, str)
    }
    for line in Path(sys.argv[1]).read_text().splitlines():
        if line.partition("==")[0] in named:
            print(line)
else:
    for group in GROUPS:
        for requirement in group:
            if bound := re.fullmatch(r"([\w-]+)>=([\d.]+),<[\d.]+", requirement):
                print("==".join(bound.groups()))
