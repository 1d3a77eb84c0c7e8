"""Build `.venv` from the pinned, hashed files of `requirements/`; do nothing when it already stands.

Uses the standard library only, since nothing else is there yet. A stamp in `.venv` names what was installed, so a
second call costs one hash. Debian ships Python without `ensurepip`: then pip comes from an outer pip, or from Debian's
`python3-venv` when we are root, or the exact command is printed.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
GROUPS = ("runtime", "dev", "bench")  # each holds everything of the one before it
DEBIAN = "python3-venv"


class CannotBuild(Exception):
    """The environment cannot be built; the message says what to do."""


def say(text: str) -> None:
    """Tell the person at the terminal what is going on."""
    sys.stderr.write(f"bootstrap: {text}\n")
    sys.stderr.flush()


def run(*command: str | Path) -> None:
    """Run a command, its output on standard error, and stop the bootstrap when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, stdout=sys.stderr, check=False)
    if done.returncode:
        raise CannotBuild(f"this command failed with status {done.returncode}: {' '.join(map(str, command))}")


def python_of(venv: Path) -> Path:
    """Name the interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp_text(group: str) -> str:
    """Digest everything an installed environment depends on: the pins, the project's description, Python, the place."""
    digest = hashlib.sha256()
    for path in (ROOT / "requirements" / f"{group}.txt", ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    digest.update(f"{sys.version} {ROOT}".encode())
    return digest.hexdigest()


def is_built(group: str) -> bool:
    """Say whether `.venv` already holds `group`, or a larger group."""
    for larger in GROUPS[GROUPS.index(group) :]:
        stamp = VENV / f"stamp-{larger}"
        if stamp.is_file() and stamp.read_text() == stamp_text(larger):
            return True
    return False


def has(module: str) -> bool:
    """Say whether this interpreter can import a module."""
    return importlib.util.find_spec(module) is not None


def install_debian_venv() -> None:
    """As root on Debian, install the package that carries `ensurepip`; otherwise print the command for it."""
    command = f"apt-get update && apt-get install -y {DEBIAN}"
    if not shutil.which("apt-get"):
        raise CannotBuild("this Python has neither ensurepip nor pip; install one of them for it")
    if os.geteuid() != 0:
        raise CannotBuild(f"this Python has neither ensurepip nor pip. As root: {command}")
    say(f"this Python has no ensurepip: {command}")
    run("apt-get", "update", "-q")
    run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", DEBIAN)


def make_venv() -> list[str | Path]:
    """Make an empty `.venv`, and return the command that runs pip for it."""
    if not has("ensurepip") and not has("pip"):
        install_debian_venv()
    if VENV.exists():
        shutil.rmtree(VENV)
    fresh: list[str | Path] = [sys.executable, "-m", "venv", VENV]
    if subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0:
        run(*fresh)
        return [python_of(VENV), "-m", "pip"]
    run(*fresh, "--without-pip")  # an outer pip, 22.3 or newer, installs into it
    return [sys.executable, "-m", "pip", "--python", python_of(VENV)]


def pip_command() -> list[str | Path]:
    """Return the command that runs pip for `.venv`, making the environment when it is absent or of another Python."""
    inner = python_of(VENV)
    probe = "import sys; sys.stdout.write(sys.version)"
    if inner.exists():
        found = subprocess.run([inner, "-c", probe], capture_output=True, text=True, check=False)
        if found.returncode == 0 and found.stdout == sys.version:
            own = subprocess.run([inner, "-c", "import pip"], capture_output=True, check=False).returncode == 0
            return [inner, "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", inner]
    say(f"making .venv with Python {sys.version.split()[0]}")
    return make_venv()


def build(group: str) -> None:
    """Install the pins of `group`, then the project itself as an editable without its dependencies."""
    started = time.monotonic()
    pip = pip_command()
    for stamp in VENV.glob("stamp-*"):
        stamp.unlink()
    quiet = ("-qq", "--disable-pip-version-check", "--no-input")
    say(f"installing requirements/{group}.txt, each file checked against its hash (a minute or two the first time)")
    run(*pip, "install", *quiet, "--require-hashes", "--only-binary", ":all:", "-r", f"requirements/{group}.txt")
    say("installing the project itself, editable")
    run(*pip, "install", *quiet, "--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)
    (VENV / f"stamp-{group}").write_text(stamp_text(group))
    say(f"ready in {time.monotonic() - started:.0f} s")


def main() -> int:
    """Bootstrap the group named on the command line, `runtime` by default."""
    group = sys.argv[1] if len(sys.argv) > 1 else "runtime"
    if group not in GROUPS:
        say(f"no group {group!r}; there are {', '.join(GROUPS)}")
        return 2
    try:
        if not is_built(group):
            build(group)
    except CannotBuild as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
