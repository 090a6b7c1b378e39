"""The fields of Zeek's logs that are read, typed; of whichever log, since a line need not say its own.

Knows no events. The same fields stand in a line of tabs, where all are texts.
"""

import msgspec

from app.sources._zeek_lines import Reader, Row, number, several, text, truth, values

Number = int | str | None


class Line(
    msgspec.Struct,
    rename={"orig_h": "id.orig_h", "orig_p": "id.orig_p", "resp_h": "id.resp_h", "resp_p": "id.resp_p"}
    | {"path": "_path", "stream": "@stream", "flat_orig_h": "id_orig_h", "flat_orig_p": "id_orig_p"}
    | {"flat_resp_h": "id_resp_h", "flat_resp_p": "id_resp_p"},
):
    """The fields that are read of any log."""

    ts: float | str | None = None
    path: str | None = None
    stream: str | None = None
    orig_h: str | None = None
    orig_p: Number = None
    resp_h: str | None = None
    resp_p: Number = None
    flat_orig_h: str | None = None
    flat_orig_p: Number = None
    flat_resp_h: str | None = None
    flat_resp_p: Number = None
    proto: str | None = None
    local_orig: bool | None = None
    local_resp: bool | None = None
    conn_state: str | None = None
    orig_bytes: Number = None
    resp_bytes: Number = None
    query: str | None = None
    qtype_name: str | None = None
    trans_id: Number = None
    answers: list[str] | None = None
    trans_depth: Number = None
    method: str | None = None
    host: str | None = None
    uri: str | None = None
    server_name: str | None = None
    cipher: str | None = None
    established: bool | None = None
    fuid: str | None = None
    tx_hosts: list[str] | None = None
    rx_hosts: list[str] | None = None
    is_orig: bool | None = None
    filename: str | None = None
    sha256: str | None = None
    auth_success: bool | None = None
    auth_attempts: Number = None
    id: "Sides | str | None" = None
    conn: msgspec.Raw = msgspec.Raw(b"")
    dns: msgspec.Raw = msgspec.Raw(b"")
    http: msgspec.Raw = msgspec.Raw(b"")
    ssl: msgspec.Raw = msgspec.Raw(b"")
    quic: msgspec.Raw = msgspec.Raw(b"")
    files: msgspec.Raw = msgspec.Raw(b"")
    ssh: msgspec.Raw = msgspec.Raw(b"")


class Sides(msgspec.Struct):
    """The endpoints, where they are nested."""

    orig_h: str | None = None
    orig_p: Number = None
    resp_h: str | None = None
    resp_p: Number = None


_READERS: dict[str, tuple[str, Reader]] = {
    **{name: (name, text) for name in ("ts", "proto", "conn_state", "query", "qtype_name", "method", "host", "uri",
                                       "server_name", "cipher", "fuid", "filename", "sha256")},
    **{name: (name, number) for name in ("orig_bytes", "resp_bytes", "trans_id", "trans_depth", "auth_attempts")},
    **{name: (name, truth) for name in ("local_orig", "local_resp", "established", "is_orig", "auth_success")},
    **{name: (name, several) for name in ("answers", "tx_hosts", "rx_hosts")},
    **{f"id{mark}{name}": (name, read) for mark in "._" for name, read in (("orig_h", text), ("orig_p", number),
                                                                         ("resp_h", text), ("resp_p", number))},
}  # fmt: skip


def line_of(row: Row) -> Line:
    """Return a line of tabs by its header's columns."""
    return Line(**values(row, _READERS))
