"""Refuse a dependency whose licence we may not pass on: GPL and AGPL no, LGPL as a dependency yes, unknown no.

Reads what the installed distributions say of themselves (`License-Expression`, else the licence classifiers, else the
`License` field). A distribution that says nothing usable is named, with what its licence file says and why we believe
it, in `pyproject.toml`:

    [tool.licences.stated]
    "name" = "BSD-3-Clause: the wheel's LICENSE file, its metadata is empty"
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = "venetic"
UMBRELLAS = {"OSI Approved", "DFSG approved"}  # classifiers that name no licence
REFUSED = re.compile(r"(?<!L)(?<!Lesser )(?:\bA?GPL|Affero|GNU General Public)", re.IGNORECASE)
ALLOWED = re.compile(
    r"\b(?:0BSD|Apache|BSD|CC0|CNRI|HPND|ISC|LGPL|Lesser General Public|MIT|MPL|Mozilla Public|OFL|PSF|Python Software|"
    r"Public Domain|Python-2|SIL Open Font|Unlicense|Zlib|ZPL)",
    re.IGNORECASE,
)


def normalised(name: str) -> str:
    """Write a distribution's name the one way."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(distribution: Distribution) -> str:
    """Return what a distribution says its licence is; empty when it says nothing."""
    metadata = distribution.metadata
    for expression in metadata.get_all("License-Expression") or []:
        return str(expression)
    classifiers = [text.split(" :: ")[-1] for text in metadata.get_all("Classifier") or [] if "License ::" in text]
    named = [text for text in classifiers if text not in UMBRELLAS]
    if named:
        return " AND ".join(named)
    lines = "\n".join(metadata.get_all("License") or []).strip().splitlines()
    return lines[0] if lines else ""


def is_allowed(licence: str) -> bool:
    """Say whether one alternative of a licence expression consists only of licences we may depend on."""
    for alternative in re.split(r"\s+OR\s+", licence):
        parts = [part for part in re.split(r"\s+AND\s+|[()]", alternative) if part.strip()]
        if parts and all(ALLOWED.search(part) and not REFUSED.search(part) for part in parts):
            return True
    return False


def faults(found: dict[str, str], stated: dict[str, str]) -> Iterator[str]:
    """Say which distribution may not be used, which statement lacks a reason, and which has no need."""
    for name, licence in sorted(found.items()):
        if is_allowed(licence):
            if name in stated:
                yield f"{name}: states {licence!r} itself; remove it from [tool.licences.stated]"
            continue
        given, _, reason = stated.get(name, "").partition(":")
        if not given:
            yield f"{name}: licence {licence!r} is unknown or refused"
        elif not is_allowed(given) or not reason.strip():
            yield f"{name}: write its statement as 'SPDX: reason', with a licence we may depend on"


def main() -> int:
    """Check every distribution installed in this environment; exit status 1 when one may not be used."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        stated = tomllib.load(file)["tool"].get("licences", {}).get("stated", {})
    found = {normalised(each.metadata["Name"]): licence_of(each) for each in distributions()}
    found.pop(OURS, None)
    said = list(faults(found, stated))
    for fault in said:
        print(f"licences: {fault}")
    print(f"licences: {len(found)} distributions, {len(said)} faults")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
