"""The ratchet only tightens."""

from pathlib import Path

import pytest

from project._scripts import load

ratchet = load("ratchet")

LONG = "def long() -> None:\n" + "    pass\n" * 40
MANY = "def many(a: int, b: int, c: int, d: int, e: int, f: int) -> None: ...\n"
METHOD = "class Thing:\n    def five(self, a: int, b: int, c: int, d: int, e: int, *, f: int) -> None: ...\n"


def faults_of(folder: Path, text: str, exemptions: dict[str, dict[str, str]] | None = None) -> list[str]:
    """Measure one module called `src/house/room.py`."""
    path = folder / "src" / "house" / "room.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return list(ratchet.faults(list(ratchet.all_measures(folder)), exemptions or {}))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = 1\n" * 401, "house/room.py: long_modules 401, limit 400"),
        (LONG, "house/room.py:long: long_functions 41, limit 40"),
        (MANY, "house/room.py:many: many_arguments 6, limit 5"),
        ("def bare(a, *, b: int, **c): ...\n", "house/room.py:bare: untyped 3, limit 0"),
        ("class A:\n    def inner(self): ...\n", "house/room.py:A.inner: untyped 1, limit 0"),
    ],
)
def test_what_exceeds_a_limit_is_a_fault(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text) == [fault]


@pytest.mark.parametrize("text", ["x = 1\n" * 400, LONG.replace("    pass\n", "", 1), METHOD, ""])
def test_what_keeps_every_limit_is_none(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text) == []


def test_an_exemption_with_a_reason_raises_the_ceiling(tmp_path: Path) -> None:
    exemptions = {"many_arguments": {"house/room.py:many": "6: a stated reason"}}
    assert faults_of(tmp_path, MANY, exemptions) == []


def test_an_exemption_holds_at_its_number(tmp_path: Path) -> None:
    exemptions = {"long_functions": {"house/room.py:long": "40: a stated reason"}}
    assert faults_of(tmp_path, LONG, exemptions) == ["house/room.py:long: long_functions 41, limit 40"]


@pytest.mark.parametrize("stated", ["6", "6:", "a reason", ""])
def test_an_exemption_without_number_or_reason_is_a_fault(tmp_path: Path, stated: str) -> None:
    exemptions = {"many_arguments": {"house/room.py:many": stated}}
    assert faults_of(tmp_path, MANY, exemptions) == [
        "house/room.py:many: write the many_arguments exemption as 'NUMBER: reason'"
    ]


@pytest.mark.parametrize("where", ["house/room.py:five", "house/gone.py:many"])
def test_an_exemption_nobody_needs_is_a_fault(tmp_path: Path, where: str) -> None:
    exemptions = {"many_arguments": {where: "6: a stated reason"}}
    assert faults_of(tmp_path, METHOD, exemptions) == [
        f"{where}: the many_arguments exemption is no longer needed; remove it"
    ]


def test_an_unknown_limit_is_a_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "", {"deep": {"x": "1: y"}}) == ["[tool.ratchet.deep]: no such limit"]
