"""The reference names every command, option, setting and reader, and every link in the documents leads somewhere."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from project._scripts import ROOT
from venetic.app import SETTINGS
from venetic.cli import app
from venetic.haul import READERS

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@cache
def reference() -> str:
    """The text of the reference."""
    return (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def walk(command: TyperCommand | TyperGroup, name: str = "") -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Walk the command line: every command and group that is not hidden, with its full name."""
    if command.hidden:
        return
    yield name, command
    if isinstance(command, TyperGroup):
        for part, child in command.commands.items():
            yield from walk(child, f"{name} {part}".strip())


EVERYTHING = dict(walk(typer.main.get_command(app)))
COMMANDS = {name: command for name, command in EVERYTHING.items() if not isinstance(command, TyperGroup)}
OPTIONS = [
    parameter
    for command in EVERYTHING.values()
    for parameter in command.params
    if isinstance(parameter, TyperOption) and not parameter.hidden
]
FLAGS = sorted({flag for option in OPTIONS for flag in option.opts if flag.startswith("--")} - {"--help"})
VARIABLES = sorted({option.envvar for option in OPTIONS if isinstance(option.envvar, str)})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_documented(command: str) -> None:
    assert f"`{command}`" in reference() or f"`venetic {command}" in reference()


@pytest.mark.parametrize("name", [*FLAGS, *VARIABLES, *(setting.name for setting in SETTINGS)])
def test_an_option_variable_or_setting_is_documented(name: str) -> None:
    assert re.search(rf"`(?:[^`\n]* )?{re.escape(name)}(?:[ =][^`\n]*)?`", reference())


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.info.name)
def test_a_reader_is_documented(reader: object) -> None:
    assert f"`{reader.info.name}`" in reference()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_what_it_does(command: str) -> None:
    assert COMMANDS[command].help


def test_every_setting_has_a_default_and_a_reason() -> None:
    assert all(setting.reason for setting in SETTINGS)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files(document) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(document.read_text(encoding="utf-8"))]
    local = [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (document.parent / target).exists()] == []
