"""Feeds a target bytes that grow towards untried code: `python tests/fuzz/run.py TARGET SECONDS`.

It needs atheris. What a target fails on is printed, in base64 too: keep it as a seed.
"""

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["_pollinations"]):
    from fuzz.targets import TARGETS

if __name__ == "__main__":
    program, name, seconds = sys.argv
    target, seeds = TARGETS[name]
    corpus = tempfile.mkdtemp()
    bounds = ["-max_len=4096", "-timeout=20", f"-max_total_time={seconds}"]
    output = [f"-artifact_prefix={corpus}/", "-print_final_stats=1", "-verbosity=0"]
    atheris.Setup([program, *bounds, *output, corpus, str(HERE / "seeds" / seeds)], target)
    atheris.Fuzz()
