"""A service's own endpoint: where it may be asked, and how such a request is told from one to the API.

An endpoint is a text that a target wrote, so nothing is sent there on the target's word alone. A host name
is asked over HTTPS, and only if it leads to a public address; what is on this machine or in a private
network is asked only where the API is on this machine, too; and what is AWS's only where the API is AWS's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from conformance import __version__
from conformance.exchange import Request

_METHOD = "GET"
_PURPOSE = "(ingress probe)"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}", re.IGNORECASE | re.ASCII)
_LOCAL = re.compile(r"((?:localhost|127(?:\.\d{1,3}){3})|\[::1\])(?::(\d{1,5}))?", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9/_.~?=&%-]{0,1023}")
_AWS = (".aws", ".amazonaws.com", ".amazonaws.com.cn", ".amazonwebservices.com.cn")
_PORTS = range(1, 65536)
_METADATA = ip_address("fd00:ec2::254")
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a service is asked.

    Attributes:
        url: scheme, host and perhaps port.
        host: the endpoint as the target gave it.
        path: the path of its health check.
        local: whether it may be on this machine or in a private network.
    """

    url: str
    host: str
    path: str
    local: bool = False


def address(endpoint: Any, path: Any, *, api: str) -> Address | None:
    """Where to ask a service, or None if the endpoint is not to be asked.

    Args:
        endpoint: of an ingress path, as the target gave it.
        path: of the health check, likewise.
        api: the URL of the target itself.
    """
    if not isinstance(endpoint, str) or not isinstance(path, str) or not _PATH.fullmatch(path):
        return None
    host = urlsplit(api).hostname or ""
    local = _is_local(host)
    if here := _LOCAL.fullmatch(endpoint):
        port = here[2]
        usable = local and _is_local(here[1].strip("[]")) and (port is None or int(port) in _PORTS)
        return Address(url=f"http://{endpoint}", host=endpoint, path=path, local=True) if usable else None
    if not _NAME.fullmatch(endpoint) or (_is_aws(endpoint) and not _is_aws(host)):
        return None
    return Address(url=f"https://{endpoint}", host=endpoint, path=path, local=local)


def may_reach(text: str, *, local: bool) -> bool:
    """Whether a probe may go to this IP address; to that of a cloud's metadata service it never may.

    Args:
        text: the address that a name was resolved to.
        local: see :class:`Address`.
    """
    found = _inner(ip_address(text.partition("%")[0]))
    if found.is_link_local or found.is_multicast or found.is_unspecified or found == _METADATA:
        return False
    return found.is_global or (local and (found.is_private or found.is_loopback))


def probe(where: Address) -> Request:
    """The request that asks a service whether it answers."""
    headers = {
        "Host": where.host,
        "User-Agent": f"ecs-express-conformance/{__version__} {_PURPOSE}",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    return Request(operation="", method=_METHOD, path=where.path, headers=tuple(headers.items()))


def probed(request: Request) -> str:
    """The host that a probe asks; empty for a request to the API, however odd that one is."""
    if request.operation or request.method != _METHOD:
        return ""
    headers = {name.lower(): value for name, value in request.headers}
    return headers.get("host", "") if headers.get("user-agent", "").endswith(_PURPOSE) else ""


def _inner(found: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(found, IPv6Address):
        if found in _NAT64:
            return IPv4Address(int(found) & 0xFFFFFFFF)
        return found.ipv4_mapped or found.sixtofour or found
    return found


def _is_local(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_aws(host: str) -> bool:
    return host.lower().endswith(_AWS)
