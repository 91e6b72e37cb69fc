"""The layers hold, and no module has become a drawer for everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_MOST_LINES = 400
MODULES = sorted(p for folder in ("conformance", "strategies") for p in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_of_readable_size(path: Path) -> None:
    """No module has more than 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= _MOST_LINES


def test_the_package_imports_without_side_effects() -> None:
    """The plugin, which every pytest run loads, loads neither moto nor Hypothesis nor boto3."""
    heavy = ("moto", "hypothesis", "boto3")
    code = f"import sys, conformance.pytest_plugin; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_strategies_stand_alone() -> None:
    """All of `strategies` is imported without anything of `conformance`."""
    code = (
        "import importlib, pkgutil, sys, strategies\n"
        "for module in pkgutil.iter_modules(strategies.__path__):\n"
        "    importlib.import_module(f'strategies.{module.name}')\n"
        "print([name for name in sys.modules if name.startswith('conformance')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
