"""As a new user: the wheel in an empty environment, and each guide's first program there.

`make try` builds the wheel, installs `[all]` of it and what the tutorials add, and runs the first
Python block of every page that has one, each in a process and a folder of its own, with the sandbox
that was installed. It needs the network for the packages, so CI does not run it.
"""

import re
import subprocess
import sys
import tempfile
import venv
import wave
from pathlib import Path

from pages import PAGES, ROOT, blocks_of

READERS = ("LangChain", "LlamaIndex")
ALSO = ("langchain>=1.0,<2", "pytest")  # what pages tell their reader to install besides
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8bfd40100047f01fe1e2a52c90000000049454e44ae426082"
)


def first_blocks(page: Path) -> dict[str, str]:
    """The first block of a page that runs, for each reader."""
    found: dict[str, str] = {}
    for block in blocks_of(page):
        if block.language == "python" and not block.not_run:
            for reader in [block.tab] if block.tab in READERS else READERS:
                found.setdefault(reader, block.code)
    return found


def runs(python: Path, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program with the sandbox, in a folder with a picture and a sound."""
    folder.mkdir()
    (folder / "bee.png").write_bytes(PICTURE)
    with wave.open(str(folder / "morning.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    is_test = "def test_" in code
    name = "test_app.py" if is_test else "app.py"
    (folder / name).write_text(code, "utf-8")
    program = [str(python), "-m", "pytest", "-q", name] if is_test else [str(python), name]
    return subprocess.run(  # noqa: S603 - our own pages
        [str(python.parent / "pollinations-sandbox"), "run", "--", *program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> int:
    """Build, install, run; 1 if a program fails."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        python = home / "venv" / "bin" / "python"
        venv.create(home / "venv", with_pip=True)
        pip = [str(python), "-m", "pip", "-qq", "--disable-pip-version-check"]
        wheels = home / "wheels"
        subprocess.run([*pip, "wheel", "--no-deps", "-w", str(wheels), str(ROOT)], check=True)  # noqa: S603 - pip
        wheel = next(wheels.glob("*.whl"))
        subprocess.run([*pip, "install", f"{wheel}[all]", *ALSO], check=True)  # noqa: S603 - pip
        failed = 0
        for path in PAGES:
            blocks = first_blocks(path)
            # A page without tabs has one first program, whoever reads it.
            readers = {code: reader for reader, code in blocks.items()}
            for code, reader in readers.items():
                name = f"{path.relative_to(ROOT)}, {reader if len(readers) > 1 else 'both'}"
                done = runs(python, code, home / re.sub(r"\W", "-", name))
                failed += done.returncode != 0
                print("ok    " if done.returncode == 0 else "FAILED", name, flush=True)
                if done.returncode:
                    print(done.stdout + done.stderr)
    print(f"{failed} failed, with {wheel.name}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
