"""Read Zeek's logs, JSON or tabs, several in one file too: conn, dns, http, ssl, quic, files, ssh.

First stage of the flow: knows Zeek's logs and nothing of the graph. Which log a line is of says `_path`
or `#path`; where neither does, its fields do.

- Zeek names no process, and its own name is not a host's. The host is the endpoint that is inside, by
  `local_orig` and `local_resp` or else by its address being private: the originator, if both or none is.
- A connection without an answer, or refused, is an attempt and counts. ICMP's "ports" are none.
- A name that a client sent (HTTP's host, TLS's server name) is one that it used for that address. Through
  a proxy the address is the proxy's, and no answer is claimed.
- A login is on the responder; ssh.log knows no user. What an outside client asked or used is not the host's.
"""

from typing import Any

import msgspec

from app.errors import RecordRejected
from app.events import AnyEvent, ConnectionIn, ConnectionOut, FileHashed, LoggedIn, NameResolved
from app.sources import Context, Ignored, Record, Taken, _lenient
from app.sources._envelopes import USUAL, document_in
from app.sources._moments import instant
from app.sources._network import address, is_inside, port_of
from app.sources._values import natural_of, present, sha256_of
from app.sources._zeek_lines import Note, Row, records
from app.sources._zeek_shapes import Line, Sides, line_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Zeek logs"
TAKES = ("network", "dns", "file", "login")

_MOST_WRAPPERS = 4
_NOWHERE = frozenset(("0.0.0.0", "::"))  # noqa: S104 - compared with, not bound to
_lines: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
_LOGS = ("conn", "dns", "http", "ssl", "quic", "files", "ssh")


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one line of a log says; raises RecordRejected when it cannot be told."""
    if isinstance(record, Note):
        return Ignored(record, "header")
    if isinstance(record, Row):
        if not record.header.columns:
            raise RecordRejected("no #fields header before it")
        line, log = line_of(record), record.header.path
    else:
        line, log = _unwrapped(record.raw)
    log = (log or _recognised(line)).partition(".")[0]
    build = _BUILDERS.get(log)
    if build is None:
        if line.ts is None and not log:
            raise RecordRejected("not a line of Zeek's: it has no ts")
        return Ignored(record, f"{log[:64]} log" if log else "log of another kind")
    at = instant(line.ts)
    if at is None:
        raise RecordRejected("ts: not a moment" if line.ts is not None else "ts: it is missing")
    if line.orig_h in _NOWHERE:
        # Someone who asks for an address has none yet.
        return Ignored(record, f"{log} from no address")
    built = build(line, at)
    return Ignored(record, f"{log} {built}") if isinstance(built, str) else Taken(record, (built,))


def _unwrapped(raw: bytes) -> tuple[Line, str]:
    """Return the line and what it says its log is; it may lie in {"conn": {…}}, or in `message` and its like."""
    log = ""
    for _ in range(_MOST_WRAPPERS):
        line = _lenient.read(raw, _lines, Line, unfold=False)
        if line.ts is not None:
            if isinstance(line.id, Sides):
                for name in ("orig_h", "orig_p", "resp_h", "resp_p"):
                    setattr(line, name, getattr(line.id, name))
            elif line.flat_orig_h is not None:
                line.orig_h, line.orig_p = line.flat_orig_h, line.flat_orig_p
                line.resp_h, line.resp_p = line.flat_resp_h, line.flat_resp_p
            return line, line.path or line.stream or log
        log = line.path or line.stream or log
        named = next((name for name in _LOGS if bytes(memoryview(getattr(line, name))[:1]) == b"{"), None)
        inner = bytes(getattr(line, named)) if named else document_in(raw, *USUAL)
        if inner is None:
            return line, log
        raw, log = inner, named or log
    raise RecordRejected("wrapped too often")


def _recognised(line: Line) -> str:
    """Return which log a line is of, by fields that only that log has; "" if of none that is read."""
    if line.conn_state is not None:
        return "conn"
    if line.auth_attempts is not None or line.auth_success is not None:
        return "ssh"
    if line.fuid is not None and (line.rx_hosts is not None or line.is_orig is not None):
        return "files"
    if line.trans_id is not None and line.proto is not None:
        return "dns"
    if line.trans_depth is not None or (line.method is not None and line.uri is not None):
        return "http"
    if line.established is not None or (line.cipher is not None and line.orig_h is not None):
        return "ssl"
    return ""


def _host(line: Line) -> tuple[str, str, bool]:
    """Return originator, responder, and whether the originator is the host that the line is of."""
    orig, resp = address(line.orig_h), address(line.resp_h)
    if orig is None or resp is None:
        raise RecordRejected("id.orig_h and id.resp_h must be addresses")
    orig_inside = is_inside(orig) if line.local_orig is None else line.local_orig
    resp_inside = is_inside(resp) if line.local_resp is None else line.local_resp
    return orig, resp, orig_inside or not resp_inside


def _of(host: str, at: int) -> dict[str, Any]:
    return {"at": at, "host": host, "sensor": "zeek"}


def _conn(line: Line, at: int) -> AnyEvent | str:
    orig, resp, out = _host(line)
    protocol = present(line.proto) or "tcp"
    has_ports = not protocol.startswith("icmp")
    orig_port, resp_port = (port_of(line.orig_p), port_of(line.resp_p)) if has_ports else (None, None)
    sent, got = natural_of(line.orig_bytes), natural_of(line.resp_bytes)
    if out:
        return ConnectionOut(
            **_of(orig, at),
            remote_ip=resp,
            remote_port=resp_port or 0,
            protocol=protocol.lower(),
            local_ip=orig,
            local_port=orig_port,
            bytes_out=sent,
            bytes_in=got,
        )
    return ConnectionIn(
        **_of(resp, at),
        remote_ip=orig,
        remote_port=orig_port or 0,
        protocol=protocol.lower(),
        local_ip=resp,
        local_port=resp_port,
        bytes_out=got,
        bytes_in=sent,
    )


def _dns(line: Line, at: int) -> AnyEvent | str:
    domain = _domain(line.query)
    if domain is None:
        return "without a query"
    orig, _, own = _host(line)
    if not own:
        return "asked from outside"
    answers = dict.fromkeys(ip for answer in line.answers or () if (ip := address(answer)))
    return NameResolved(**_of(orig, at), domain=domain, answers=tuple(answers))


def _http(line: Line, at: int) -> AnyEvent | str:
    named = (line.host or "").strip()
    if not named.endswith("]"):
        host, colon, port = named.rpartition(":")
        named = host if colon and port.isdigit() else named
    # To a proxy the whole address is sent, or CONNECT.
    direct = line.method != "CONNECT" and "://" not in (line.uri or "")[:12]
    return _named(line, named, at, direct)


def _ssl(line: Line, at: int) -> AnyEvent | str:
    return _named(line, line.server_name, at, True)


def _named(line: Line, name: str | None, at: int, direct: bool) -> AnyEvent | str:
    """Return the name that a client used for the address that it spoke to."""
    domain = _domain(name)
    if domain is None or address(domain) is not None:
        return "without a name"
    orig, resp, own = _host(line)
    if not own:
        return "from outside"
    return NameResolved(**_of(orig, at), domain=domain, answers=(resp,) if direct else ())


def _domain(name: str | None) -> str | None:
    return present((name or "").strip().rstrip("."))


def _files(line: Line, at: int) -> AnyEvent | str:
    digest, path = sha256_of(line.sha256), present(line.filename)
    if digest is None:
        return "without a SHA-256"
    if path is None:
        return "without a name"
    if line.rx_hosts or line.tx_hosts:
        got, sent = (address(next(iter(hosts or ()), None)) for hosts in (line.rx_hosts, line.tx_hosts))
    else:
        orig, resp, _ = _host(line)
        got, sent = (resp, orig) if line.is_orig else (orig, resp)
    # Where it came to; a file that only left is still one that lay here.
    host = sent if got is None or (sent is not None and is_inside(sent) and not is_inside(got)) else got
    if host is None:
        raise RecordRejected("rx_hosts: it has no address")
    return FileHashed(**_of(host, at), path=path, sha256=digest)


def _ssh(line: Line, at: int) -> AnyEvent | str:
    if line.auth_success is None:
        return "undecided"
    orig, resp, _ = _host(line)
    if is_inside(orig) and not is_inside(resp):
        return "to outside"
    return LoggedIn(**_of(resp, at), remote_ip=orig, method="ssh", success=line.auth_success)


_BUILDERS = {"conn": _conn, "dns": _dns, "http": _http, "ssl": _ssl, "quic": _ssl, "files": _files, "ssh": _ssh}
