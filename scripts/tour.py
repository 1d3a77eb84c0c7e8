"""Draw `docs/tour.svg`: what two commands print in a terminal, on the operation that `make demo` leaves."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
COMMANDS = ("venetic search 'parcel driver' --sort time", "venetic read --around 24176f4a --before 0 --after 1")
FONTS = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", re.DOTALL)  # the picture loads nothing from anywhere


def capture(command: str) -> str:
    """What a command prints on a terminal, with its colours."""
    more = {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "VENETIC_OPERATION": "demo/operation", "VENETIC_PURPOSE": "tour"}
    name, *arguments = shlex.split(command)
    program = [str(Path(sys.executable).parent / name), *arguments]
    done = subprocess.run(program, cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=True)
    return done.stdout


def main() -> None:
    """Run the commands and save the picture."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        for command in COMMANDS:
            console.print(Text(f"$ {command}", "bold green"))
            console.print(Text.from_ansi(capture(command)))
            console.print()
        picture = FONTS.sub("", console.export_svg(title="venetic", unique_id="tour"))
    (ROOT / "docs" / "tour.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
