"""Servers that nobody here wrote, each as a process of its own: they do not have the operation."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from commands import express, results, verdicts

_MINISTACK = "ministack==1.5.33"


@pytest.fixture(scope="session")
def ministack(pytestconfig: pytest.Config) -> Path:
    """The ministack command, in an environment of its own: it pins another botocore than ours.

    ``MINISTACK`` may name one that is installed already.
    """
    if given := os.environ.get("MINISTACK"):
        return Path(given)
    folder = pytestconfig.cache.mkdir("ministack")
    command = folder / "bin" / "ministack"
    if not command.exists():
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, _MINISTACK], check=True, timeout=300)
    return command


def _judged(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return express("run", "--target", f"command:{command}", "--out", "o", cwd=folder)


def _says_unsupported(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    """Exit code 4, and one finding."""
    assert done.returncode == 4, done.stdout + done.stderr
    assert verdicts(folder / "o") == {"operation/supported": "unsupported"}
    assert results(folder / "o")["summary"]["unsupported"] == 1
    assert "does not have the operation" in done.stdout


def test_stock_moto_is_unsupported(tmp_path: Path) -> None:
    """Stock moto's server ends with exit code 4 and one finding, not with hundreds."""
    server = Path(sys.executable).with_name("moto_server")
    _says_unsupported(_judged(f"{server} -p {{port}}", tmp_path), tmp_path)


def test_ministack_is_unsupported(tmp_path: Path, ministack: Path) -> None:
    """The server ministack ends with exit code 4 and one finding, not with hundreds."""
    command = f"env GATEWAY_PORT={{port}} {ministack}"
    _says_unsupported(_judged(command, tmp_path), tmp_path)
