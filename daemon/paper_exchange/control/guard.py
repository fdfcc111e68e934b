"""Who may look at the control and touch it: this machine, and no foreign web page in its browser.

A web page elsewhere can make a browser on this machine send requests here. It cannot read the
answers, but it could write; so a write that a browser sends must come from our own page. A page
under a name that resolves to this machine (DNS rebinding) gives itself away by its Host header.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from aiohttp import web

_OWN_SITES: Final = frozenset({"same-origin", "none"})
_READS: Final = frozenset({"GET", "HEAD"})


def refuse_stranger(request: web.Request) -> str | None:
    """Return why a request may not control the exchange; None when it may."""
    if not is_loopback(request.remote or ""):
        return "control is for this machine only"
    if not is_loopback(_host_name(request.headers.get("Host", ""))):
        return "the Host header must name this machine, for example 127.0.0.1"
    if request.method in _READS:
        return None
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
        return "a page of another site may not control the exchange"
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.headers.get('Host', '')}":
        return "a page of another site may not control the exchange"
    return None


def is_loopback(name: str) -> bool:
    """Tell whether an address or host name is this machine itself."""
    if name == "localhost":
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _host_name(header: str) -> str:
    """Take the port off a Host header."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]
