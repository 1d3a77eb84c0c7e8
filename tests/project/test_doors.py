"""Rooms are entered by their door: a module of one room never names a module inside another."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent.parent / "src"
PACKAGES = ("venetic", "exercise")


def module_name(path: Path) -> str:
    """Name the module a file holds."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Yield every module of ours that a file imports, imports inside functions included."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in PACKAGES)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            if base.split(".")[0] not in PACKAGES:
                continue
            for alias in node.names:
                inner = SOURCE.joinpath(*base.split("."), alias.name)
                is_module = inner.is_dir() or inner.with_suffix(".py").exists()
                yield f"{base}.{alias.name}" if is_module else base


def room(module: str) -> str:
    """The room a module belongs to: the first two parts of its name."""
    return ".".join(module.split(".")[:2])


def reaches_past(importer: str, target: str) -> bool:
    """Whether an import goes past the door of another room."""
    return room(importer) != room(target) and target != room(target)


def every_import() -> list[tuple[str, str]]:
    """Pair every module with every module of ours it imports."""
    return [
        (module_name(path), target)
        for package in PACKAGES
        for path in sorted((SOURCE / package).rglob("*.py"))
        for target in imports(path)
    ]


def test_rooms_are_entered_by_their_door() -> None:
    past = sorted({f"{module} imports {target}" for module, target in every_import() if reaches_past(module, target)})
    assert not past, "reaches past a door:\n" + "\n".join(past)


def test_imports_are_absolute_within_reach_of_the_check() -> None:
    assert len(every_import()) > 20


@pytest.mark.parametrize(
    ("importer", "target", "past"),
    [
        ("venetic.corpus._tables", "venetic.kernel", False),
        ("venetic.corpus._tables", "venetic.kernel.ids", True),
        ("venetic.corpus.query.language", "venetic.corpus._tables", False),
        ("venetic.corpus._staging", "venetic.haul.readers", True),
        ("venetic", "venetic.app", False),
    ],
)
def test_a_door_is_a_rooms_first_name(importer: str, target: str, past: bool) -> None:
    assert reaches_past(importer, target) is past
