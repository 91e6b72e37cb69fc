"""What stands for a real account: an emulator in an account of somebody's, and a person at a terminal."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3

ACCOUNT = "998877665544"
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


def configure(
    folder: Path, *accounts: tuple[str, str], accounts_allowed: str = ACCOUNT, budget: str = ""
) -> None:
    """Targets that stand for real accounts, by name and URL."""
    tables = [
        f"""
        [targets.{name}]
        target = "aws:us-east-1"
        endpoint_url = "{url}"
        accounts = ["{accounts_allowed}"]
        regions = ["us-east-1"]
        [targets.{name}.budget]
        requests_per_second = 1000
        {budget}
        """
        for name, url in accounts
    ]
    (folder / "express-conformance.toml").write_text("\n".join(tables), encoding="utf-8")


def ecs(url: str) -> Any:
    """A boto3 client that knows nothing of the suite."""
    return boto3.client("ecs", endpoint_url=url, region_name="us-east-1", **KEYS)


def services(url: str) -> dict[str, str]:
    """The status of all Express services, by name."""
    client, found = ecs(url), {}
    for cluster in client.list_clusters()["clusterArns"]:
        for arn in client.list_services(cluster=cluster)["serviceArns"]:
            shown = client.describe_express_gateway_service(serviceArn=arn)["service"]
            found[shown["serviceName"]] = shown["status"]["statusCode"]
    return {name: status for name, status in found.items() if status != "INACTIVE"}


def pasted(command: str, cwd: Path, answer: str = "y") -> tuple[int, str]:
    """Paste a command into a shell, with a person at the terminal who gives this answer; what it says."""
    words = shlex.split(command)
    assert words[0] == "express-conformance"
    line = " ".join([shlex.join([sys.executable, "-m", "conformance"]), command.removeprefix(words[0])])
    person, terminal = pty.openpty()
    os.write(person, f"{answer}\n".encode())
    try:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=cwd,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
    finally:
        os.close(person)
        os.close(terminal)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def printed(text: str) -> str:
    """The command to replay that a run's summary shows."""
    found: Sequence[str] = re.findall(r"^  replay    (.+)$", text, re.MULTILINE)
    return found[0]
