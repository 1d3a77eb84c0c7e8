"""Look through the tracked files for what must never be in them: registry hosts, paths of one machine, a `uv.lock`."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Put together here, so that this file does not name them either.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("crates", "io"),
        ("golang", "org"),
        ("anaconda", "org"),
    )
)
HOST = re.compile("|".join(re.escape(host) for host in HOSTS), re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.~$}\-/])/(?:work|root|tmp|home)\b")
FORBIDDEN_NAMES = {"uv.lock", "package-lock.json", "pip.conf"}


def tracked(root: Path) -> list[str]:
    """List the files git knows, or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    return [name for name in listed.stdout.decode("utf-8", "surrogateescape").split("\0") if name]


def faults_in(name: str, text: str) -> Iterator[str]:
    """Say on which line of a file something stands that must not."""
    if Path(name).name in FORBIDDEN_NAMES:
        yield f"{name}: must not be tracked"
    for number, line in enumerate(text.splitlines(), 1):
        if HOST.search(line):
            yield f"{name}:{number}: names a package registry's host"
        if MACHINE_PATH.search(line):
            yield f"{name}:{number}: names a path of one machine"


def main() -> int:
    """Look through every tracked file; exit status 1 when one holds what it must not."""
    names = [name for name in tracked(ROOT) if (ROOT / name).is_file()]
    said = [
        fault
        for name in names
        for fault in faults_in(name, (ROOT / name).read_bytes().decode("utf-8", "surrogateescape"))
    ]
    for fault in said:
        print(f"tree: {fault}")
    print(f"tree: {len(names)} files, {len(said)} faults")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
