"""The licence gate and the look through the tree catch what they are for."""

import subprocess
import tomllib
from pathlib import Path

import pytest

from project._scripts import ROOT, load

licences = load("licences")
tree = load("tree")

REQUIREMENTS = ROOT / "requirements"
HOST = ".".join(("pypi", "org"))


@pytest.mark.parametrize(
    "licence",
    ["MIT", "Apache-2.0 OR BSD-3-Clause", "BSD-3-Clause AND MIT", "LGPL-2.1-or-later", "OFL-1.1", "GPL-2.0 OR MIT"],
)
def test_a_licence_we_may_depend_on_passes(licence: str) -> None:
    assert licences.is_allowed(licence)


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "AGPL-3.0-or-later",
        "GNU General Public License v3 (GPLv3)",
        "GNU Affero General Public License v3",
        "MIT AND GPL-2.0-only",
        "Proprietary",
        "",
    ],
)
def test_a_licence_we_may_not_depend_on_is_refused(licence: str) -> None:
    assert not licences.is_allowed(licence)


def test_the_classifier_of_the_lesser_licence_is_not_taken_for_the_greater() -> None:
    assert licences.is_allowed("GNU Lesser General Public License v2 or later (LGPLv2+)")


def test_a_statement_that_is_no_longer_needed_is_a_fault() -> None:
    assert list(licences.faults({"one": "MIT"}, {"one": "MIT: because"})) == [
        "one: states 'MIT' itself; remove it from [tool.licences.stated]"
    ]


def test_a_silent_distribution_passes_by_a_statement_with_a_reason() -> None:
    assert list(licences.faults({"one": ""}, {"one": "MIT: its LICENSE file says so"})) == []
    assert len(list(licences.faults({"one": ""}, {"one": "MIT"}))) == 1
    assert len(list(licences.faults({"one": ""}, {"one": "GPL-3.0: because"}))) == 1


@pytest.mark.parametrize("line", [f"see {HOST}/project", f"https://files.{HOST}"])
def test_a_registry_host_is_found(line: str) -> None:
    assert list(tree.faults_in("a.md", f"fine\n{line}\n")) == ["a.md:2: names a package registry's host"]


@pytest.mark.parametrize("folder", ["work", "root", "tmp", "home"])
def test_a_path_of_one_machine_is_found(folder: str) -> None:
    assert list(tree.faults_in("a.md", f"cd /{folder}/x")) == ["a.md:1: names a path of one machine"]


@pytest.mark.parametrize("line", ["src/work/tmp", "../shared/root", "$OUT/tmp", "a homework/root"])
def test_a_path_inside_the_project_is_none(line: str) -> None:
    assert list(tree.faults_in("a.md", line)) == []


def test_a_lock_file_that_names_registries_is_found() -> None:
    assert list(tree.faults_in("web/uv.lock", "")) == ["web/uv.lock: must not be tracked"]


@pytest.mark.parametrize("group", ["runtime", "dev", "bench"])
def test_every_requirement_is_pinned_and_hashed(group: str) -> None:
    text = (REQUIREMENTS / f"{group}.txt").read_text()
    blocks = [block for block in text.replace("\\\n", " ").splitlines() if block.strip()]
    assert blocks
    assert all("==" in block and "--hash=sha256:" in block and "://" not in block for block in blocks)


def test_a_smaller_group_pins_the_same_versions_as_a_larger_one() -> None:
    def pins(group: str) -> set[str]:
        lines = (REQUIREMENTS / f"{group}.txt").read_text().splitlines()
        return {line.rstrip(" \\") for line in lines if "==" in line and not line.startswith(" ")}

    assert pins("runtime") < pins("dev") < pins("bench")


def test_every_declared_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {
        *project["dependencies"],
        *(name for names in project["optional-dependencies"].values() for name in names),
    }
    pinned = (REQUIREMENTS / "bench.txt").read_text()
    assert all(f"\n{name.lower()}==" in f"\n{pinned}" for name in declared)


def test_the_scripts_that_are_run_may_be_run() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--stage", "scripts", ".ci"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    modes = {Path(line.split("\t")[1]).as_posix(): line.split()[0] for line in listed}
    for name in (".ci/run", "scripts/bootstrap", "scripts/check", "scripts/test", "scripts/lock"):
        assert modes[name] == "100755"
