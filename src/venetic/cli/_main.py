"""All commands under one name, and the one edge where every error becomes an exit status and a sentence.

Exit status: 0 done; 1 a fault was found or the run stopped; 2 asked wrongly; 130 interrupted; 141 nobody reads on.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import typer

from venetic.cli import (
    _audit,
    _deliveries,
    _destroy,
    _faults,
    _ingest,
    _mapping,
    _operation,
    _package,
    _read,
    _receive,
    _search,
)
from venetic.cli._out import complain, print_json
from venetic.kernel import VeneticError, WrongUse

FAULT, WRONG_USE, INTERRUPTED, NOBODY_READS = 1, 2, 130, 141
PACKAGE = Path(__file__).resolve().parent.parent

app = typer.Typer(
    name="venetic",
    help="Make lawfully acquired message hauls searchable, readable and citable.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(_operation.init)
app.command()(_receive.receive)
app.command()(_receive.verify)
app.command()(_ingest.readers)
app.add_typer(_mapping.mapping, name="mapping")
app.command()(_ingest.ingest)
app.command()(_operation.status)
app.command()(_deliveries.deliveries)
app.command()(_deliveries.refusals)
app.command("assert")(_deliveries.assert_fact)
app.command()(_search.search)
app.command()(_read.read)
app.add_typer(_package.package, name="package")
app.add_typer(_audit.audit, name="audit")
app.command()(_audit.copies)
app.command()(_destroy.destroy)
app.command()(_destroy.tombstones)
app.add_typer(_destroy.hold, name="hold")
app.command()(_faults.faults)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. With --json, an error too is one JSON object on standard output."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with _Interrupts() as interrupts:
            return _run(given, interrupts)
    except BrokenPipeError:
        _drop_output()
        return NOBODY_READS


class _Interrupts:
    """Remembers a Ctrl-C while a command runs: an engine may turn it into an error of its own."""

    def __init__(self) -> None:
        self.came = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt


def _run(given: list[str], interrupts: _Interrupts) -> int:
    as_json = "--json" in given
    try:
        code = app(given, prog_name="venetic", standalone_mode=False) or 0
    except typer.TyperException as error:
        if not error.format_message():  # a name alone: the help has been shown
            return WRONG_USE
        return _failed(as_json, "usage", (error.format_message(), None), WRONG_USE)
    except typer.Abort:
        code = INTERRUPTED
    except VeneticError as error:
        status = WRONG_USE if isinstance(error, WrongUse) else FAULT
        return _failed(as_json, error.code, (error.what, error.where), status)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _failed(as_json, "system", (error.strerror or type(error).__name__, _named(error)), FAULT)
    except Exception as error:  # noqa: BLE001 -- the edge: what reaches it is a bug, and its text may quote content
        if not interrupts.came:
            return _failed(as_json, "bug", (_bug(error), None), FAULT)
        code = INTERRUPTED
    if code == INTERRUPTED:
        why = ("interrupted; nothing recorded is lost, run it again", None)
        return _failed(as_json, "interrupted", why, INTERRUPTED)
    return int(code)


def _failed(as_json: bool, code: str, why: tuple[str, str | None], status: int) -> int:
    what, where = why
    if as_json:
        print_json({"error": {"code": code, "what": what, "where": where}})
    else:
        complain(f"venetic: {what}" + ("" if where is None else f" (at {where})"))
    return status


def _named(error: OSError) -> str | None:
    return None if error.filename is None else os.fsdecode(error.filename)


def _bug(error: Exception) -> str:
    """Where a bug showed, without the error's own text, which may quote content; all of it only when debugging."""
    if os.environ.get("VENETIC_DEBUG") == "1":
        traceback.print_exception(error)
    ours = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(PACKAGE)
    ]
    place = f" in {Path(ours[-1].filename).relative_to(PACKAGE)} line {ours[-1].lineno}" if ours else ""
    return f"a bug of ours: {type(error).__name__}{place}; VENETIC_DEBUG=1 shows more on standard error"


def _drop_output() -> None:
    """Have nothing more written to a pipe that nobody reads, at exit neither."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
