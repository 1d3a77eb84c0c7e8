"""The environment is built once, again when a pin changes, and a machine that cannot build it is told what to do."""

import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from project._scripts import ROOT, load


@pytest.fixture
def bootstrap(tmp_path: Path) -> ModuleType:
    """The bootstrap of a small project of its own, with an environment that holds nothing yet."""
    for folder in ("scripts", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "house"\n')
    (tmp_path / ".venv").mkdir()
    return load("bootstrap", tmp_path)


def mark_built(bootstrap: ModuleType, group: str) -> None:
    """Leave the stamp that a finished build leaves."""
    (bootstrap.VENV / f"stamp-{group}").write_text(bootstrap.stamp_text(group))


def test_nothing_is_built_before_the_first_stamp(bootstrap: ModuleType) -> None:
    assert not bootstrap.is_built("runtime")


def test_a_larger_group_serves_a_smaller_one_and_not_the_reverse(bootstrap: ModuleType) -> None:
    mark_built(bootstrap, "dev")
    assert bootstrap.is_built("runtime")
    assert bootstrap.is_built("dev")
    assert not bootstrap.is_built("bench")


@pytest.mark.parametrize("name", ["requirements/dev.txt", "pyproject.toml"])
def test_a_changed_pin_or_description_builds_again(bootstrap: ModuleType, name: str) -> None:
    mark_built(bootstrap, "dev")
    with (bootstrap.ROOT / name).open("a") as file:
        file.write("# changed\n")
    assert not bootstrap.is_built("dev")


def run_bootstrap(path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/bootstrap` with nothing on the path but `path`."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "bootstrap"), *arguments],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unknown_group_is_wrong_use() -> None:
    done = run_bootstrap(os.environ["PATH"], "everything")
    assert done.returncode == 2
    assert done.stderr == "bootstrap: no group 'everything'; there are runtime, dev, bench\n"


def test_a_machine_without_python_is_told_what_to_install(tmp_path: Path) -> None:
    dirname = shutil.which("dirname")
    assert dirname is not None
    (tmp_path / "dirname").symlink_to(dirname)
    done = run_bootstrap(str(tmp_path))
    assert done.returncode == 2
    assert "As root: apt-get install -y python3" in done.stderr
