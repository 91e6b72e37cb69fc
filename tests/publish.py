"""Makes what is published: ``python tests/publish.py`` judges several targets, and writes ``reports/``.

* ``reports/reference/``: the reference run, all files of it, the recording compressed.
* ``reports/compat.html`` and ``reports/compat.png``: the compatibility report over all targets, and its
  beginning as a picture.

The targets are the reference emulator, the emulator with the other choice wherever the documents leave one,
two servers that nobody here wrote, and three emulators with one fault each. ministack is installed into a
temporary folder, because it needs another botocore than ours; the picture needs a Chromium.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

_MINISTACK = "ministack==1.5.33"
_SEED = "1"
_FAULTY = ("update-resets-cpu", "refused-update-is-applied-in-part", "status-code-in-lower-case")
_WIDTH, _HEIGHT = 1200, 1000  # pixels of the picture
_REFERENCE = "embedded"
_CODES = {0, 1, 4}


def main() -> None:
    """Judge every target, and write the reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--effort", default="standard")
    parser.add_argument("--out", type=Path, default=Path("reports"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        runs = [_judged(name, target, work, given.effort) for name, target in _targets(work).items()]
        given.out.mkdir(parents=True, exist_ok=True)
        _keep(runs[0], given.out / "reference")
        page = given.out / "compat.html"
        # With names that say nothing of this machine: the page repeats them.
        _express("report", *(run.name for run in runs), "-o", str(page.resolve()), cwd=work)
        _picture(page.resolve(), given.out / "compat.png")


def _targets(work: Path) -> dict[str, str]:
    """What is judged, by the name of the run's folder; the reference comes first."""
    moto = Path(sys.executable).with_name("moto_server")
    return {
        "reference": _REFERENCE,
        "alternate": "embedded:alternate",
        "moto": f"command:{moto} -p {{port}}",
        "ministack": f"command:env GATEWAY_PORT={{port}} {_ministack(work)}",
        **{name: f"embedded:{name}" for name in _FAULTY},
    }


def _ministack(work: Path) -> Path:
    """The command, in an environment of its own."""
    folder = work / "ministack-environment"
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, _MINISTACK], check=True)
    return folder / "bin" / "ministack"


def _judged(name: str, target: str, work: Path, effort: str) -> Path:
    """The folder of a run. Its target has a name that says what it is, and not where it was installed."""
    (work / "express-conformance.toml").write_text(
        f'[targets.{name}]\ntarget = """{target}"""\n', encoding="utf-8"
    )
    named = target if name not in {"moto", "ministack"} else name
    words = ("run", "--target", named, "--effort", effort, "--seed", _SEED, "--out", name)
    _express(*words, cwd=work)
    return work / name


def _express(*words: str, cwd: Path | None = None) -> None:
    done = subprocess.run([sys.executable, "-m", "conformance", *words], cwd=cwd, check=False)
    if done.returncode not in _CODES:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}")


def _keep(run: Path, folder: Path) -> None:
    """Copy a run; its recording, many times larger than everything else, compressed."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("recording.jsonl"))
    plain = (run / "recording.jsonl").read_bytes()
    # Without a time in it, so that the same recording gives the same file.
    (folder / "recording.jsonl.gz").write_bytes(gzip.compress(plain, mtime=0))


def _picture(page: Path, to: Path) -> None:
    """The beginning of a page, as Chromium shows it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only the picture needs it

    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit(f"No Chromium is installed; {to} is not made anew.")
    with sync_playwright() as playwright:
        shown = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        view = shown.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        view.goto(page.as_uri())
        view.screenshot(path=to)
        shown.close()


if __name__ == "__main__":
    main()
