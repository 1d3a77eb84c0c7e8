"""The command line: every command parses, calls one room and shows the answer, for people or as one JSON object."""

from venetic.cli._main import app, main

__all__ = ["app", "main"]
