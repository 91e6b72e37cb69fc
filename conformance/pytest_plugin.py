"""The pytest plugin: options, and the session of a run where the suite itself is what pytest was asked for.

In every other pytest run it adds its options and does nothing.
"""

from __future__ import annotations

from typing import Any, cast

import pytest

from conformance.exceptions import ConformanceError

_SUITE = "conformance.suite"
_SESSION = "express-conformance-session"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of ``pytest --pyargs conformance.suite``."""
    group = parser.getgroup("express-conformance", "conformance of UpdateExpressGatewayService")
    add = group.addoption
    add("--endpoint-url", default="", help="judge the endpoint at this URL")
    add("--conformance-target", default="", metavar="T", help="judge this target (kind:address, or a name)")
    add("--conformance-region", default="", metavar="R", help="the region to sign for")
    add("--conformance-profile", default="", metavar="P", help="the AWS profile to sign with")
    add("--conformance-restricted-profile", default="", metavar="P", help="a caller who may not update")
    add("--conformance-service-arn", default="", metavar="ARN", help="update this service, create none")
    add("--conformance-effort", default="standard", metavar="E", help="smoke, standard or exhaustive")
    add("--conformance-seed", default=None, type=int, metavar="N", help="repeat the run of this seed")
    add("--conformance-only", default=[], action="append", metavar="ID", help="judge only these requirements")
    add("--conformance-known", default="", metavar="FILE", help="known deviations")
    add("--conformance-strict-known", action="store_true", help="fail if a known deviation is fixed")
    add("--conformance-write-known", default="", metavar="FILE", help="add what deviates to this file")
    add("--conformance-with", default=[], action="append", metavar="TOOL", help="use this source, too")
    add("--conformance-probe-ingress", action="store_true", help="ask services with real tasks")
    add("--conformance-history", default="", metavar="DIR", help="keep the run here, and say what changed")
    add("--conformance-live", action="store_true", help="judge a real account that is allowed")
    add("--conformance-yes", action="store_true", help="take the plan for a real account without asking")
    add("--conformance-out", default="", metavar="DIR", help="the output folder")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the session if the suite is what pytest was asked for."""
    asked = any(_SUITE in str(argument) for argument in config.args)
    if not asked or config.pluginmanager.hasplugin(_SESSION):
        return
    # Imported here, because this module is loaded in every pytest run on the machine.
    from conformance.suite.session import DistributedWorker, RunSession  # noqa: PLC0415  see above

    distributed = hasattr(config, "workerinput")
    session = DistributedWorker(config) if distributed else RunSession(_settings(config))
    config.pluginmanager.register(session, _SESSION)


def _settings(config: pytest.Config) -> Any:
    from conformance.suite.settings import RunSettings  # noqa: PLC0415  see above

    def option(name: str) -> str:
        return str(config.getoption(f"conformance_{name}"))

    seed = config.getoption("conformance_seed")
    try:
        return RunSettings(
            target=option("target"),
            endpoint_url=str(config.getoption("endpoint_url")),
            region=option("region"),
            profile=option("profile"),
            restricted_profile=option("restricted_profile"),
            service_arn=option("service_arn"),
            effort=cast("Any", option("effort")),
            only=tuple(config.getoption("conformance_only")),
            known=option("known"),
            strict_known=bool(config.getoption("conformance_strict_known")),
            write_known=option("write_known"),
            sources=tuple(config.getoption("conformance_with")),
            probe_ingress=bool(config.getoption("conformance_probe_ingress")),
            live=bool(config.getoption("conformance_live")),
            confirmed=bool(config.getoption("conformance_yes")),
            out=option("out"),
            history=option("history"),
            **({} if seed is None else {"seed": seed}),
        )
    except ConformanceError as error:
        pytest.exit(str(error), returncode=error.exit_code)
