"""Where answers go: one JSON object, or a page for people, on standard output; everything else on standard error."""

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from venetic.app import Facts
from venetic.cli._plain import json_text, plain_line

INDENT = 4


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object, which is all that a command with --json prints on standard output."""
    sys.stdout.write(json_text(value) + "\n")
    sys.stdout.flush()


def complain(sentence: str) -> None:
    """Say on standard error, in one line, what went wrong."""
    Console(stderr=True, highlight=False).print(Text(plain_line(sentence)), soft_wrap=True)


class _Paper(Console):
    """A console that leaves a pipe nobody reads to the edge of the program."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Page:
    """A page for people. What it prints is text, never markup; texts from evidence pass through `plain` first."""

    def __init__(self, facts: Facts | None = None) -> None:
        """Begin a page; with an operation's facts, under its banner and name."""
        self._console = _Paper(highlight=False, markup=False, emoji=False)
        if facts is not None:
            name = Text(plain_line(facts.name), "bold")
            banner = Text(plain_line(facts.banner), "bold reverse") if facts.banner else None
            self.line(*((banner, "  ") if banner else ()), name, f"  ({facts.kind} operation)")

    def line(self, *parts: str | Text, style: str = "", indent: int = 0) -> None:
        """Print one line, or the lines of one text; on a terminal it wraps at the edge, elsewhere it is left whole."""
        text = Text.assemble(*parts, style=style)
        if self._console.is_terminal:
            self._console.print(Padding(text, (0, 0, 0, indent), expand=False))
            return
        for piece in text.split("\n", allow_blank=True):
            self._console.print(Text(" " * indent) + piece, soft_wrap=True)

    def gap(self) -> None:
        """Print an empty line."""
        self._console.print()

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print names and values, values under one another."""
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            self.line(f"{name:<{width}}  ", Text(value, "bold"), indent=2)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under heads; a head that ends in `#` has its numbers to the right."""
        if not self._console.is_terminal:
            for row in (tuple(head.rstrip("#") for head in heads), *rows):
                self.line("\t".join(plain_line(cell) for cell in row))
            return
        table = Table(box=None, pad_edge=False, header_style="dim")
        for head in heads:
            table.add_column(head.rstrip("#"), justify="right" if head.endswith("#") else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(plain_line(cell)) for cell in row))
        self._console.print(table)

    def rule(self, title: str) -> None:
        """Print a line across with a title."""
        self.line(Text(f"── {title} ──", "dim"))
