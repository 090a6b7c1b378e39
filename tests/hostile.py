"""What no sensor should send and some do: every text that an event may carry, as bad as can be."""

from collections.abc import Iterator
from typing import Any

HOSTILE = "\x00\udcff" + "🐚" * 5000
"""NUL, a lone surrogate, and more than 8 kB of what takes four bytes each."""


def hostile() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every kind of event with each text it may carry as bad as can be."""
    who = {
        name: HOSTILE
        for name in (
            "sensor", "process", "binary", "command", "cwd", "user", "user_domain", "login_user", "session",
            "container", "image", "parent", "parent_binary",
        )
    }  # fmt: skip
    who |= {"args": [HOSTILE, HOSTILE], "parent_args": [HOSTILE], "host": HOSTILE, "pid": 2**63 - 1, "uid": 2**63 - 1}
    for kind, more in {
        "process_started": {},
        "process_ended": {},
        "connection_out": {"remote_ip": "8.8.8.8", "protocol": HOSTILE},
        "connection_in": {"remote_ip": HOSTILE, "local_ip": HOSTILE, "protocol": HOSTILE},
        "port_listening": {"port": 65535, "protocol": HOSTILE},
        "name_resolved": {"domain": HOSTILE, "answers": [HOSTILE]},
        "file_written": {"path": HOSTILE},
        "file_read": {"path": HOSTILE},
        "file_deleted": {"path": HOSTILE},
        "file_hashed": {"path": HOSTILE, "sha256": "a" * 64},
        "privilege_changed": {"target_user": HOSTILE, "target_uid": 2**63 - 1},
    }.items():
        yield kind, who | more
    place = {"host": HOSTILE, "sensor": HOSTILE}
    yield "logged_in", place | {"user": HOSTILE, "user_domain": HOSTILE, "session": HOSTILE, "method": HOSTILE}
    cloud = dict.fromkeys(
        (
            "sensor", "provider", "account", "identity", "identity_kind", "identity_name", "issuer", "session",
            "access_key", "service", "operation", "region", "remote_ip", "remote_name", "user_agent", "call",
        ),
        HOSTILE,
    )  # fmt: skip
    texts = {name: [HOSTILE, HOSTILE] for name in ("resources", "images", "args", "flags")}
    yield "api_called", cloud | texts
    yield "api_called", cloud | {"error": HOSTILE}
    yield "container_started", place | {"container": HOSTILE, "image": HOSTILE, "name": HOSTILE, "namespace": HOSTILE}
