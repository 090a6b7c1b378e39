"""Read what formats share of connections: addresses, ports, protocols, and the words for in and out.

Knows no format. Everything here is total: what is none is None.
"""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from app.identity import address_of
from app.sources._values import natural_of, number_of, text_of

INBOUND = frozenset(("ingress", "inbound", "incoming"))
OUTBOUND = frozenset(("egress", "outbound", "outgoing"))
FIRST_EPHEMERAL = 32768
"""Where Linux begins to choose the ports of clients."""

_LONGEST_ADDRESS = 64
_INSIDE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                 "fc00::/7", "fe80::/10", "::1/128")
)  # fmt: skip
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp", 136: "udplite"}
_UNKNOWN = frozenset(("unknown", "other"))


def address(text: str | None) -> str | None:
    """Return an IP address in its usual text, ::ffff:1.2.3.4 as 1.2.3.4; None for a name, and for "any"."""
    if text is None or len(text) > _LONGEST_ADDRESS:
        return None
    found = address_of(text)
    return found.ip if found else None


def is_inside(ip: str) -> bool:
    """Say whether an address is of a private network, of the link or of the host itself.

    What is documentation's or reserved is not: recordings that were made anonymous put it for outside.
    """
    return address(ip) is not None and _is_inside(ip)


@lru_cache(maxsize=65536)
def _is_inside(ip: str) -> bool:
    found = ip_address(address(ip) or ip)
    return any(found in network for network in _INSIDE)


def port_of(value: object) -> int | None:
    """Return a port; None for 0 and for what is out of range."""
    found = number_of(value)
    return found if found is not None and 0 < found <= 65535 else None


def protocol_of(name: object, number: object = None) -> str:
    """Return a protocol in lower case, by its name or else its number, of which either may stand for the other."""
    said = (text_of(name) or "").lower().removeprefix("ipproto_")
    if said and said not in _UNKNOWN and not said.isdigit():
        return said
    found = natural_of(said if number is None else number)
    return _PROTOCOLS.get(found, str(found)) if found else "tcp"
