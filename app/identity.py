"""Who is who: the deployment-wide name of what an event calls a program, a user, an address, a domain.

Pure, and knows neither events nor the graph. Two records that mean the same thing get the same name
here, and only here; what is a placeholder ("-", `<NA>`, uid 4294967295, 0.0.0.0) gets none.

How paths and programs are named is told in `app/programs.py`. Domains are names of the public DNS only:
a single label, `.local` (also Kubernetes' own), `.internal`, `.lan`, `.arpa` and the like are told by a
resolver to its own network and are not domains here.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from publicsuffixlist import PublicSuffixList

from app.ids import clean
from app.programs import Binary, binary_of, path_of, present

__all__ = [
    "Address",
    "Binary",
    "Caller",
    "Domain",
    "Image",
    "Network",
    "User",
    "address_of",
    "binary_of",
    "caller_of",
    "container_of",
    "domain_of",
    "image_of",
    "path_of",
    "user_of",
]

Network = IPv4Network | IPv6Network

_UNSET_IDS = frozenset((-1, 2**32 - 1, 2**64 - 1, 2**63 - 1))

# --- users -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class User:
    """Someone whom a system knows: by directory and name, else by name or number on one host."""

    key: str
    name: str
    uid: int | None = None
    domain: str | None = None


_OF_THE_MACHINE = frozenset(("nt authority", "nt service", "window manager", "font driver host", "nt-autorität"))


@lru_cache(maxsize=16384)
def user_of(
    name: str | None, uid: int | None, domain: str | None, host: str, shared_directory: bool = False
) -> User | None:
    """Return who a user is; None when neither a name nor a number is known.

    The key is domain\\name, else the name where the hosts share one directory, else name (or number)
    @host. Root, the machine's own accounts and accounts of the host itself are each host's.
    """
    name, domain = present(name), present(domain)
    if uid in _UNSET_IDS:
        uid = None
    if name is None:
        if uid is None:
            return None
        name = "root" if uid == 0 else str(uid)
        named = uid == 0
    else:
        name, named = clean(name), True
        if domain is None and "\\" in name:
            domain, _, name = name.rpartition("\\")
        elif domain is None and "@" in name[1:-1]:
            name, _, domain = name.rpartition("@")
    if domain is None and (uid == 0 or name == "root"):
        return User(f"root@{host}", "root", 0)
    if domain is not None and domain.lower() not in ("", ".", host.lower(), host.lower().partition(".")[0]):
        if domain.lower() in _OF_THE_MACHINE:
            return User(f"{domain}\\{name}@{host}".lower(), name, uid, domain)
        return User(f"{domain}\\{name}".lower(), name, uid, domain)
    return User(name if shared_directory and named and domain is None else f"{name}@{host}", name, uid)


# --- identities of clouds and clusters ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls an API: a role whatever its sessions, a user, a service."""

    account: str
    """Where it is at home: the account in its ARN, else the one that was acted in."""
    principal: str
    """The ARN, else the name."""
    name: str
    """The last part of that, to show."""


_SERVICE_ACCOUNT = "system:serviceaccount:"


@lru_cache(maxsize=16384)
def caller_of(account: str, identity: str, issuer: str | None = None) -> Caller:
    """Return who an identity is; sessions are whoever issued them, wherever they were used."""
    principal = clean(issuer or identity)
    if principal.startswith(_SERVICE_ACCOUNT):
        return Caller(account, principal, principal.removeprefix(_SERVICE_ACCOUNT).replace(":", "/", 1))
    parts = principal.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return Caller(account, principal, principal.rpartition("/")[2] or principal)
    _, partition, service, _, owner, resource = parts
    if service == "sts" and resource.startswith("assumed-role/"):
        # The record lacks the role's own ARN; a role's name is unique in its account.
        resource = f"role/{resource.split('/')[1]}"
        principal = f"arn:{partition}:iam::{owner}:{resource}"
    return Caller(owner or account, principal, resource.rpartition("/")[2] or resource)


# --- addresses ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address in its canonical text."""

    ip: str
    version: int
    external: bool
    """Globally routable unicast, and not in a range that the user calls internal."""


# Globally routable by its number, but answered by the platform itself, or documentation that the
# standard library does not know yet.
_NOT_OUTSIDE: tuple[Network, ...] = (
    ip_network("168.63.129.16/32"),
    ip_network("192.88.99.0/24"),
    ip_network("3fff::/20"),
    ip_network("5f00::/16"),
)
_NAT64 = ip_network("64:ff9b::/96")


@lru_cache(maxsize=65536)
def address_of(text: str | None, internal: tuple[Network, ...] = ()) -> Address | None:
    """Return the address that `text` is; None when it is none, or a placeholder for one.

    An IPv4 address inside IPv6 (::ffff:1.2.3.4) is that IPv4 address; a zone (%eth0) is dropped.
    `internal` are ranges that count as the user's own.
    """
    if text is None:
        return None
    try:
        ip = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_unspecified:
        return None
    return Address(str(ip), ip.version, _is_outside(ip) and not any(ip in network for network in internal))


def _is_outside(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        # What is behind a translator is as far away as the address that it stands for.
        embedded = ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if embedded is not None:
            return _is_outside(embedded)
        if ip.is_site_local:
            return False
    return (
        ip.is_global
        and not (ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local)
        and not any(ip in network for network in _NOT_OUTSIDE)
    )


# --- domains -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Domain:
    """A name of the public DNS, in lower case and without the final dot."""

    name: str
    registered: str | None
    """What someone registered (thc.org of l.gs.thc.org); None for a public suffix itself."""


_NOT_PUBLIC = frozenset(
    ("local", "localhost", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa",
     "invalid", "test")
)  # fmt: skip
_LABELS = re.compile(r"(?!-)[^\s\x00-\x20\x7f./:@]{1,63}(?:\.[^\s\x00-\x20\x7f./:@]{1,63})+")


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=65536)
def domain_of(text: str | None) -> Domain | None:
    """Return the domain that `text` names; None for addresses, single labels and private names."""
    if text is None:
        return None
    name = clean(text).strip().lower().removesuffix(".")
    if not 3 <= len(name) <= 253 or not _LABELS.fullmatch(name):
        return None
    top = name.rpartition(".")[2]
    if top in _NOT_PUBLIC or top.isdigit():
        return None
    return Domain(name, _public_suffixes().privatesuffix(name))


# --- containers and images ---------------------------------------------------------------------------

_CONTAINER_ID = re.compile(r"[0-9a-f]{12,64}")


@lru_cache(maxsize=16384)
def container_of(text: str | None) -> str | None:
    """Return a container's key: the first 12 digits of its id, which is what every sensor shows.

    A runtime's prefix is dropped; "host" is no container; what is no id (a name) stays as it is.
    """
    found = present(text)
    if found is None:
        return None
    found = clean(found.rpartition("://")[2])
    if _CONTAINER_ID.fullmatch(found.lower()):
        return found.lower()[:12]
    return None if found in ("", "host") else found


@dataclass(frozen=True, slots=True)
class Image:
    """A container image."""

    name: str
    """Registry and repository, written out ("docker.io/library/nginx"); the digest where no name is known."""
    registry: str | None
    tag: str | None
    digest: str | None


@lru_cache(maxsize=16384)
def image_of(text: str | None) -> Image | None:
    """Return the image that a reference names, with what the runtimes leave out written out."""
    found = present(text)
    if found is None:
        return None
    found, _, digest = clean(found).rpartition("://")[2].partition("@")
    if found.startswith("sha256:"):
        return Image(found, None, None, found)
    name, colon, tag = found.rpartition(":")
    if not colon or "/" in tag:
        name, tag = found, ""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry = first.lower()
    else:
        registry, rest = "docker.io", name
    if registry in ("index.docker.io", "registry-1.docker.io"):
        registry = "docker.io"
    if registry == "docker.io" and "/" not in rest:
        rest = f"library/{rest}"
    if not name:
        return Image(digest, None, None, digest) if digest else None
    return Image(f"{registry}/{rest.lower()}", registry, tag or None, digest or None)
