"""Hold the house to its sizes: a limit may be exceeded only by a named exemption, and none may outlive its need.

Limits: 400 lines a module, 40 lines a function, 5 positional arguments (`self` and `cls` not counted), no untyped
definition. Exemptions live in `pyproject.toml`:

    [tool.ratchet.long_modules]
    "venetic/corpus/_tables.py" = "430: split planned with the desk"

The number is the ceiling for that one, the text its reason. An exemption for something that now keeps the limit, or
that is no longer there, fails the check.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "scripts", "bench")
LIMITS = {"long_modules": 400, "long_functions": 40, "many_arguments": 5, "untyped": 0}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing measured: which limit, where, and how much."""

    limit: str
    where: str
    value: int


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Yield every function below a node with its dotted name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name, child
            yield from functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{prefix}{child.name}.")
        else:
            yield from functions(child, prefix)


def positional(function: Function) -> list[ast.arg]:
    """List the arguments that can be given by position, without `self` and `cls`."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    return arguments[1:] if arguments and arguments[0].arg in {"self", "cls"} else arguments


def missing_types(function: Function) -> int:
    """Count the arguments and the result that have no annotation."""
    optional = [argument for argument in (function.args.vararg, function.args.kwarg) if argument]
    arguments = [*positional(function), *function.args.kwonlyargs, *optional]
    return sum(argument.annotation is None for argument in arguments) + (function.returns is None)


def measures(path: Path, name: str) -> Iterator[Measure]:
    """Measure one module, called `name` in exemptions."""
    text = path.read_text(encoding="utf-8")
    yield Measure("long_modules", name, len(text.splitlines()))
    for dotted, function in functions(ast.parse(text)):
        where = f"{name}:{dotted}"
        yield Measure("long_functions", where, (function.end_lineno or function.lineno) - function.lineno + 1)
        yield Measure("many_arguments", where, len(positional(function)))
        yield Measure("untyped", where, missing_types(function))


def all_measures(root: Path) -> Iterator[Measure]:
    """Measure every module of the product, its scripts and its benches."""
    for folder in FOLDERS:
        base = root / folder
        for path in sorted(base.rglob("*.py")):
            name = path.relative_to(base if folder == "src" else root).as_posix()
            yield from measures(path, name)


def faults(found: list[Measure], exemptions: dict[str, dict[str, str]]) -> Iterator[str]:
    """Say what exceeds its limit without an exemption, and which exemption has no reason or no need."""
    needed: set[tuple[str, str]] = set()
    for measure in found:
        if measure.value <= LIMITS[measure.limit]:
            continue
        needed.add((measure.limit, measure.where))
        stated = exemptions.get(measure.limit, {}).get(measure.where)
        ceiling = LIMITS[measure.limit]
        if stated is not None:
            number, _, reason = stated.partition(":")
            if not number.strip().isdigit() or not reason.strip():
                yield f"{measure.where}: write the {measure.limit} exemption as 'NUMBER: reason'"
                continue
            ceiling = int(number)
        if measure.value > ceiling:
            yield f"{measure.where}: {measure.limit} {measure.value}, limit {ceiling}"
    for limit, names in exemptions.items():
        if limit not in LIMITS:
            yield f"[tool.ratchet.{limit}]: no such limit"
        for where in names:
            if limit in LIMITS and (limit, where) not in needed:
                yield f"{where}: the {limit} exemption is no longer needed; remove it"


def main() -> int:
    """Check the whole project; exit status 1 when something is over its limit."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        exemptions = tomllib.load(file)["tool"].get("ratchet", {})
    found = list(all_measures(ROOT))
    said = list(faults(found, exemptions))
    for fault in said:
        print(f"ratchet: {fault}")
    print(f"ratchet: {len(found)} measures, {len(said)} faults")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
