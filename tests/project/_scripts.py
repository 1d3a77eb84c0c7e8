"""Load a script of `scripts/` as a module, to test it as any other code."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent.parent


def load(name: str, root: Path = ROOT) -> ModuleType:
    """Import `scripts/NAME.py` of the project at `root`."""
    spec = importlib.util.spec_from_file_location(f"_scripts_{name}", root / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
