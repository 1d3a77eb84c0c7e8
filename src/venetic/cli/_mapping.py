"""`mapping check`: what a mapping would read from a file, before anything is received."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from venetic.cli._options import AsJson
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line
from venetic.haul import check_mapping
from venetic.kernel import WrongUse

mapping = typer.Typer(no_args_is_help=True, help="Descriptions of formats that are written as a small YAML file.")


@mapping.callback()
def _mappings() -> None:
    """Descriptions of formats that are written as a small YAML file."""


@mapping.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A file as it was delivered.")],
    *,
    by: Annotated[str, typer.Option("--mapping", help="A mapping file, or the name of a shipped mapping.")],
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000, help="Rows to show.")] = 3,
    as_json: AsJson = False,
) -> int:
    """Show what a mapping reads from the first rows of a file, field by field; needs no operation."""
    found = check_mapping(local_file(file), by, rows)
    if as_json:
        print_json(asdict(found))
        return 0
    page = Page()
    page.line(plain_line(f"{found.reader} on {file}: {many(found.records, 'record')} looked at"))
    for row in found.rows:
        page.gap()
        page.line(f"bytes {row.offset:,} to {row.offset + row.length:,}", style="bold")
        for field in row.fields:
            if field.value is not None or field.problem is not None:
                note = "" if field.problem is None else f"   ({field.problem})"
                page.line(f"{field.name:<15}", shown_value(field.value), note, indent=2)
    for refusal in found.refusals:
        page.line(f"bytes {refusal.offset:,} to {refusal.offset + refusal.length:,} refused: {refusal.what}")
    if found.unmapped:
        page.gap()
        unread = ", ".join(f"{key} ({count:,})" for key, count in found.unmapped.items())
        page.line("Keys that no field of the mapping reads: ", plain_line(unread))
    return 0


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on disk as a reader sees it: for trying a mapping before anything is sealed."""

    file: Path
    sha256: str
    size: int

    @property
    def path(self) -> str:
        """The path as given, by which a mapping may read fields."""
        return self.file.as_posix()

    def open(self) -> IO[bytes]:
        """A fresh stream of the file's bytes."""
        return self.file.open("rb")

    def head(self, size: int = 65_536) -> bytes:
        """The first bytes."""
        with self.file.open("rb") as stream:
            return stream.read(size)


def local_file(file: Path) -> LocalFile:
    """Look at a file on disk. Raises WrongUse when it cannot be read."""
    try:
        with file.open("rb") as stream:
            return LocalFile(file, hashlib.file_digest(stream, "sha256").hexdigest(), file.stat().st_size)
    except OSError as error:
        raise WrongUse(f"this file cannot be read: {error.strerror}", str(file)) from None


def shown_value(value: str | list[Any] | None) -> str:
    """A checked field's value on one line."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return plain_line(value)
    return ", ".join(plain_line(str(part)) for part in value) or "(none)"
