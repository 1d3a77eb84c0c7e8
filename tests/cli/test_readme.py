"""The session in the README is run, and gives what the README shows."""

import os
import re
import shlex
from pathlib import Path

from cli.world import run
from exercise import make, size_named

README = Path(__file__).resolve().parent.parent.parent / "README.md"
HASH, SECONDS = re.compile(r"\b[0-9a-f]{64}\b"), re.compile(r"\d+\.\d s\b")  # differ from run to run


def steps() -> list[tuple[str, list[str]]]:
    """Every command of the session with the lines it gives."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line)
    return found


def steady(line: str) -> str:
    """A line without what differs from run to run; what a closing … stands for is left out."""
    return SECONDS.sub("N s", HASH.sub("HASH", line))


def agrees(shown: str, given: str) -> bool:
    if shown.endswith("…"):
        return steady(given).startswith(steady(shown[:-1]))
    return steady(shown) == steady(given)


def test_the_session_of_the_readme_gives_what_it_shows(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(7, size_named("tiny"), tmp_path / "demo" / "exercise", lambda _: None)
    assert len(steps()) > 8
    for command, shown in steps():
        name, *arguments = shlex.split(command)
        if name == "export":
            monkeypatch.setenv(*arguments[0].split("=", 1))
            continue
        assert name == "venetic"
        ran = run(*arguments)
        assert (ran.code, ran.err) == (0, ""), command
        given = ran.out.splitlines()
        differing = [(one, two) for one, two in zip(shown, given, strict=False) if not agrees(one, two)]
        assert (differing, len(given)) == ([], len(shown)), command + os.linesep + ran.out
