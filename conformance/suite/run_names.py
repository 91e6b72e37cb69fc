"""Which run something is of, by its name: a name is taken for a run's only where all of it is one.

Documented is the form of a log group, ``/aws/ecs/<cluster>/<service>-####`` (developer guide, Resources
created by Express Mode services), and how Application Auto Scaling names a service,
``service/<cluster>/<service>``. Observed, for users show them in public, are the family
``<cluster>-<service>`` of the task definitions that Express registers, and its security group
``<cluster>-<service>-<vpc>``. These two can be read in several ways, for names of clusters and of services
may have hyphens: only where exactly one cluster of the account fits, they are taken for a run's, or where the
log group in the task definition says which one it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection

TAG = "express-conformance-run"
RUN = r"[0-9a-f]{8}"
_SERVICE = re.compile(rf"Xc-({RUN})-[a-z0-9-]+-[0-9]+")
_OWN = re.compile(rf"Xc-({RUN})-[a-z0-9-]+")
_LOG_GROUP = re.compile(r"/aws/ecs/([^/]+)/(.+)-[0-9A-Za-z]{4}")
_SCALABLE = re.compile(r"service/[^/]+/([^/]+)")


def is_run(text: str) -> bool:
    """Whether a text is the id of a run."""
    return re.fullmatch(RUN, text) is not None


def may_be(text: str) -> bool:
    """Whether a text has the name of something of a run in it."""
    return _OWN.search(text) is not None


def of_service(name: str) -> str:
    """The run that gave a service this name; empty if none did."""
    found = _SERVICE.fullmatch(name)
    return found[1] if found else ""


def of_own(name: str) -> str:
    """The run that gave a cluster, or a family of task definitions, this name; empty if none did."""
    found = _OWN.fullmatch(name)
    return found[1] if found else ""


def of_log_group(name: str) -> str:
    """The run for whose service ECS made a log group of this name; empty if for none's."""
    found = _LOG_GROUP.fullmatch(name)
    return of_service(found[2]) if found else ""


def of_scalable_target(resource: str) -> str:
    """The run whose service a scalable target is about; empty if none's."""
    found = _SCALABLE.fullmatch(resource)
    return of_service(found[1]) if found else ""


def of_family(family: str, log_group: str) -> str:
    """The run for whose service ECS registered a family, by the log group in it; that is read in one way.

    Args:
        family: its name.
        log_group: the name of the log group that its container has.
    """
    found = _LOG_GROUP.fullmatch(log_group)
    return of_service(found[2]) if found and family == f"{found[1]}-{found[2]}" else ""


def of_pair(text: str, clusters: Collection[str]) -> str:
    """The run whose service is the second half of ``<cluster>-<service>``; empty if none's, or in doubt.

    Args:
        text: the name.
        clusters: the names of all clusters.
    """
    fitting = [cluster for cluster in clusters if text.startswith(f"{cluster}-")]
    return of_service(text.removeprefix(f"{fitting[0]}-")) if len(fitting) == 1 else ""
