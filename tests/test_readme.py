"""The README is true: its commands run as it says, and its tables are those of the code.

``python tests/test_readme.py`` writes the generated parts anew.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from conformance.cli import main
from conformance.emulator.profiles import PROFILES
from conformance.reporting.wording import topic_title
from conformance.requirements import REQUIREMENTS

README = Path(__file__).parent.parent / "README.md"
TOOLS = ("soak.py", "effectiveness.py", "publish.py")
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_COMMANDS = re.compile(r"<!-- run -->\n```console\n(.*?)```", re.DOTALL)
# Commands of the AWS CLI and of GitHub's, which have options of their own.
_OTHERS = re.compile(r"^\$ aws .*$|`(aws|gh) [^`]*`", re.MULTILINE)
_EXIT = re.compile(r" +# exits with (\d)$")


def commands() -> list[tuple[str, int]]:
    """The commands that the README marks as run by this test, with their exit codes."""
    lines = "".join(_COMMANDS.findall(README.read_text(encoding="utf-8"))).splitlines()
    found = []
    for line in lines:
        code = _EXIT.search(line)
        found.append((_EXIT.sub("", line.removeprefix("$ ")), int(code[1]) if code else 0))
    return found


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, with this environment's programs first on the path."""
    words = shlex.split(command)
    words[:1] = [sys.executable, "-m", "conformance"]
    words = [
        word.replace("moto_server", str(Path(sys.executable).with_name("moto_server"))) for word in words
    ]
    return subprocess.run(
        words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False
    )


def commands_table() -> str:
    """What `--help` says of each command, on one line."""
    rows = [
        f"| `{name}` | {command.help.splitlines()[0]} |" for name, command in sorted(main.commands.items())
    ]
    return "\n".join(["| Command | Does |", "|---|---|", *rows, ""])


def topics_table() -> str:
    """How many requirements each topic has."""
    counted = Counter(entry.topic for entry in REQUIREMENTS.values())
    rows = [f"| `{topic}` | {topic_title(topic)} | {number} |" for topic, number in sorted(counted.items())]
    total = f"| | all | {len(REQUIREMENTS)} |"
    return "\n".join(["| Id begins with | Topic | Requirements |", "|---|---|---|", *rows, total, ""])


def profiles_table() -> str:
    """The emulators that make other choices, in their order."""
    rows = [f"| `{profile.name}` | {profile.sentence} |" for profile in PROFILES.values()]
    return "\n".join(["| Profile | Choices |", "|---|---|", *rows, ""])


def example(folder: Path) -> str:
    """What the first command that the README shows prints."""
    return f"```text\n{run(commands()[0][0], folder).stdout.strip()}\n```\n"


def settled(text: str) -> str:
    """The text without what differs between two runs: addresses, times, ids and counts."""
    text = re.sub(r"Xc-[0-9a-f]{1,8}", "Xc", text)
    text = re.sub(r"[\d.,]+( min [\d.,]+)? s\b", "T s", text)
    return re.sub(r"\d[\d,.]*", "N", re.sub(r"[ \n─]+", " ", text))


def part(name: str) -> str:
    """A generated part as it stands in the README."""
    for match in _BLOCK.finditer(README.read_text(encoding="utf-8")):
        if match[2] == name:
            return match[0].removeprefix(match[1]).removesuffix(match[3])
    raise AssertionError(f"the README has no generated part {name}")


def test_the_command_table_is_generated() -> None:
    """Every command is in the README, with the first line of its help."""
    assert part("commands") == commands_table()


def test_the_topic_table_is_generated() -> None:
    """Every topic is in the README, with its number of requirements."""
    assert part("topics") == topics_table()


def test_the_profile_table_is_generated() -> None:
    """Every profile is in the README, with its sentence."""
    assert part("profiles") == profiles_table()


def test_the_commands_do_what_the_readme_says(tmp_path: Path) -> None:
    """The marked commands, run in their order in one folder, end with the exit codes beside them."""
    assert len(commands()) >= 5
    for command, code in commands():
        done = run(command, tmp_path)
        assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"


def test_the_example_is_what_is_printed(tmp_path: Path) -> None:
    """The output that the README shows is what the command prints, but for addresses, times and counts."""
    assert settled(part("example")) == settled(example(tmp_path))


def test_every_option_that_the_readme_names_exists() -> None:
    """No option in the README is made up: it belongs to a command, or to the pytest plugin."""
    known = {name for command in main.commands.values() for p in command.params for name in p.opts}
    plugin = (README.parent / "conformance" / "pytest_plugin.py").read_text(encoding="utf-8")
    known |= set(re.findall(r"--[a-z-]+", plugin)) | {"--pyargs", "--help", "--service-arn"}
    tools = "".join((README.parent / "tests" / name).read_text("utf-8") for name in TOOLS)
    known |= set(re.findall(r'"(--[a-z-]+)"', tools)) | {"--url", "--exclude-checks"}  # schemathesis' own
    ours = _OTHERS.sub("", README.read_text(encoding="utf-8"))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", ours))
    assert named - known == {"--max-session-duration"}  # of a role, at AWS


def update() -> None:
    """Write the generated parts of the README anew."""
    with tempfile.TemporaryDirectory() as folder:
        parts = {
            "commands": commands_table(),
            "profiles": profiles_table(),
            "topics": topics_table(),
            "example": example(Path(folder)),
        }
    text = README.read_text(encoding="utf-8")
    README.write_text(_BLOCK.sub(lambda m: m[1] + parts[m[2]] + m[3], text), encoding="utf-8")


if __name__ == "__main__":
    update()
