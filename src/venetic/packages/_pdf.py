"""The PDF of a package, set by typst: in memory, with pinned fonts alone, without packages, with the JSON attached."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Literal

import typst

from venetic.kernel import Misuse, RunStopped
from venetic.packages import fonts
from venetic.packages._document import Package, to_json
from venetic.packages._moments import parse_utc
from venetic.packages._view import view

ATTACHMENT = "package.json"
_QUOTED = re.compile(r"`.*`", re.DOTALL)  # typst quotes the text it stumbled on; content stays out of messages


def to_pdf(package: Package) -> bytes:
    """Print a package as PDF/A-3b with its JSON attached as `package.json`; the same package gives the same bytes.

    Bounds: the whole document is held in memory; a message of 100,000 characters takes about a second. Raises
    RunStopped when typst cannot set it or a font is not installed, Corrupt when a font differs from its pin.
    """
    return _set(package, "pdf", None)[0]


def to_png(package: Package, ppi: float = 96.0) -> list[bytes]:
    """Print a package as one PNG image a page, for looking at it. Raises as `to_pdf`."""
    return _set(package, "png", ppi)


def _set(package: Package, form: Literal["pdf", "png"], ppi: float | None) -> list[bytes]:
    drafted = parse_utc(package.drafted.at)
    if drafted is None:
        raise Misuse("the package does not say when it was drafted", "drafted.at")
    sources = {
        "main.typ": files("venetic.packages").joinpath("package.typ").read_bytes(),
        "view.json": json.dumps(view(package).data()).encode(),
        "families.json": json.dumps(fonts.families()).encode(),
        ATTACHMENT: to_json(package),
    }
    standards: list[typst.PDFStandard] = ["a-3b"] if form == "pdf" else []
    try:
        done = typst.Compiler(font_paths=_fonts()).compile(
            sources,  # type: ignore[type-var]  # its stub leaves out the files by name that it takes
            format=form,
            ppi=ppi,
            timestamp=drafted.replace(microsecond=0),  # a PDF keeps whole seconds
            pdf_standards=standards,
        )
    except typst.TypstError as error:
        raise RunStopped(f"typst could not set the package: {_QUOTED.sub('(text)', error.message)}") from None
    if done is None:
        raise Misuse("typst wrote the package somewhere else")
    return done if isinstance(done, list) else [done]


@cache
def _fonts() -> typst.Fonts:
    """The pinned fonts, opened once, since the files cannot change under their digests."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(fonts.font_folders()))
