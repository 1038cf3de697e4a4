"""Feeds bytes that grow towards untried code to every target; the first one that fails ends it.

Run it where atheris is installed: `python tests/fuzz/run.py --seconds 60`.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run the targets one after another; return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--target", help="only this one")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    from fuzz.targets import TARGETS  # noqa: PLC0415 - the worker imports it instrumented

    if arguments.target is not None and arguments.target not in TARGETS:
        parser.error(f"no target {arguments.target!r}; there are {', '.join(TARGETS)}")
    names = [arguments.target] if arguments.target else [*TARGETS]
    failed = [name for name in names if not _survives(name, TARGETS[name][1], arguments.seconds)]
    if failed:
        print(f"Failed: {', '.join(failed)}. The inputs and traces are above.", file=sys.stderr)
    return len(failed)


def _survives(name: str, seeds: str, seconds: int) -> bool:
    """Run one target in a process of its own: the fuzzer ends the process that it runs in."""
    with tempfile.TemporaryDirectory() as corpus:
        command = [
            *(sys.executable, str(HERE / "worker.py"), name),
            *(corpus, str(HERE / "seeds" / seeds)),
            *(f"-max_total_time={seconds}", f"-artifact_prefix={corpus}/", "-max_len=4096"),
            *("-timeout=20", "-print_final_stats=1", "-verbosity=0"),
        ]
        print(f"{name}: {seconds} s", flush=True)
        done = subprocess.run(command, check=False)  # noqa: S603 - our own words
        for kind in ("crash", "timeout", "oom"):
            for found in Path(corpus).glob(f"{kind}-*"):
                print(f"{name} failed on {found.read_bytes()!r}; keep it as a seed.")
        return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
