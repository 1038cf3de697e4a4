"""The lower bound of each dependency of the package and its extras, as pip constraints."""

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]

for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
    for requirement in group:
        if bound := re.fullmatch(r"([\w-]+)>=([\d.]+),<[\d.]+", requirement):
            print("==".join(bound.groups()))
