"""Walk from a sealed haul to a checked package on a small exercise, and say what was done and what to try next.

Everything runs through the commands a user types; the operation is left in `demo/`, made anew at every run.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
BIN = Path(sys.executable).parent
PURPOSE = "demonstration of an exercise"
RECEIVED = "--from 'Exercise staff' --authority EX-2020-1 --stage stored --period 2020-04-01..2020-06-13"


class Stopped(Exception):
    """A command of the tour failed."""


def environment() -> dict[str, str]:
    """The environment every command runs in."""
    return {**os.environ, "VENETIC_OPERATION": "demo/operation", "VENETIC_PURPOSE": PURPOSE, "COLUMNS": "110"}


def run(command: str, shown: int | None = None) -> str:
    """Print a command as a user types it, run it in the project, and print the first `shown` lines it gives."""
    print(f"\n$ {command}", flush=True)
    name, *arguments = shlex.split(command)
    program = [str(BIN / name), *arguments]
    done = subprocess.run(program, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    print("\n".join(lines[:shown]))
    if shown is not None and len(lines) > shown:
        print(f"… {len(lines) - shown} more lines")
    if done.returncode:
        raise Stopped(f"status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def ask(command: str) -> dict[str, object]:
    """Run a command with --json without showing it; its answer."""
    name, *arguments = shlex.split(command)
    program = [str(BIN / name), *arguments, "--json"]
    done = subprocess.run(program, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stopped(f"status {done.returncode}: {done.stdout.strip()}")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def say(text: str) -> None:
    """Print what comes next."""
    print(f"\n── {text}", flush=True)


def seal_and_read() -> None:
    """Make the exercise and bring it in."""
    say("An exercise: made-up messages, the same bytes from the same seed, with the truth beside them.")
    run("venetic-exercise make --seed 7 --size tiny --out demo/exercise")
    say("An operation is a folder. This one is an exercise: every page and print says so.")
    run("venetic init demo/operation --name 'Demo' --kind exercise --marking OFFICIAL")
    say("Receiving copies the delivery into the evidence store and hashes it; nothing there is changed afterwards.")
    run(f"venetic receive demo/exercise/haul {RECEIVED}", 8)
    say(
        "Ingesting reads it and finds the copies of one message. What cannot be read is a refusal, kept with its place."
    )
    run("venetic ingest")
    run("venetic refusals --limit 5", 8)


def search_and_read() -> str:
    """Look for something and read around it; the handle the package is about."""
    say("Words in any script, phrases, near words, prefixes, misspellings and patterns. Each answer is in the audit.")
    run("venetic search 'parcel driver' --sort time")
    run("venetic search '\"the driver\" OR drivr~' --count")
    items = ask("venetic search parcel --sort time --limit 1")["items"]
    if not isinstance(items, list) or not items:
        raise Stopped("the exercise has no such message")
    first = items[0]
    say("A conversation as people read it, around one of the hits.")
    run(f"venetic read --around {first['message'][:8]} --before 3 --after 3")
    return str(first["sender"])


def quote_and_check(handle: str) -> None:
    """Draft a package, check it, and verify what all of it rests on."""
    say("A working draft quotes messages, every line with the sealed bytes it rests on; checking opens each of them.")
    run(f"venetic package draft --handle {shlex.quote(handle)} --out demo")
    run("venetic package check demo/package-1.json")
    say("Everything sealed is hashed again, and the audit's chain is walked.")
    run("venetic verify")
    run("venetic audit verify")
    run("venetic status")


def main() -> int:
    """Run the tour; exit status 1 when a step of it fails."""
    began = time.monotonic()
    if DEMO.exists():
        shutil.rmtree(DEMO)
    try:
        seal_and_read()
        quote_and_check(search_and_read())
    except Stopped as error:
        print(f"\nThe tour stopped: {error}", file=sys.stderr)
        return 1
    say(f"Done in {time.monotonic() - began:.0f} s. The operation is in demo/operation. To go on:")
    print(f"""
    export PATH="$PWD/.venv/bin:$PATH" VENETIC_OPERATION=demo/operation VENETIC_PURPOSE={shlex.quote(PURPOSE)}
    venetic search 'has:image' --facets
    venetic search 'after:2020-06-01 (driver OR "the park")' --context 2
    venetic search '' --export demo/all.csv --destroy-by 2027-01-31
    venetic copies
    venetic audit show --limit 20
    venetic --help

docs/reference.md has every command; docs/search.md the language; docs/notebook.md the same from Python.""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
