"""One target under atheris: `python tests/fuzz/worker.py TARGET [libFuzzer's arguments]`."""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["_pollinations"]):
    from fuzz.targets import TARGETS

if __name__ == "__main__":
    program, name, *arguments = sys.argv
    atheris.Setup([program, *arguments], TARGETS[name][0])
    atheris.Fuzz()
