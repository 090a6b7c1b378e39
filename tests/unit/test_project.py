"""One event as rows: who acted, what is seen, what is a sighting and what is not."""

from ipaddress import ip_network
from typing import Any

import msgspec
import pytest

from app import schema
from app.events import AnyEvent
from app.novelty import DAY
from app.project import Naming, rows
from app.rows import EdgeRow, NodeRow, Row
from tests.hostile import hostile

NAMING = Naming()
ROLE = "arn:aws:iam::123456789012:role/web"
AWS = {
    "provider": "aws",
    "account": "123456789012",
    "identity": "arn:aws:iam::123456789012:user/ann",
    "service": "s3.amazonaws.com",
    "operation": "ListBuckets",
}


def of(kind: str, naming: Naming = NAMING, **said: Any) -> list[Row]:
    place = AWS if kind == "api_called" else {"host": "web-1"}
    event = msgspec.convert({"kind": kind, "at": 10} | place | said, AnyEvent)
    return list(rows(event, naming))


def nodes(found: list[Row], label: str) -> list[NodeRow]:
    return [row for row in found if isinstance(row, NodeRow) and row.label == label]


def names(found: list[Row], label: str, what: str) -> set[Any]:
    return {row.fixed[what] for row in nodes(found, label)}


def edges(found: list[Row], kind: str) -> list[EdgeRow]:
    return [row for row in found if isinstance(row, EdgeRow) and row.type[1] == kind]


def types(found: list[Row]) -> set[str]:
    return {row.type[1] for row in found if isinstance(row, EdgeRow)}


def test_every_event_shows_its_host_and_its_feed() -> None:
    found = of("process_started")
    assert names(found, "Host", "name") == {"web-1"}
    assert names(found, "Feed", "kind") == {"process_started"}
    assert types(found) == set()


def test_a_process_is_its_sensors_id_else_pid_time_and_binary() -> None:
    assert names(of("process_started", process="guid"), "Process", "native_id") == {"guid"}
    assert names(of("process_started", pid=7, binary="/bin/x"), "Process", "native_id") == {"7@10:/bin/x"}
    assert names(of("process_started", pid=7, binary="/bin/x", started_at=3), "Process", "native_id") == {"7@3:/bin/x"}
    assert names(of("process_ended", pid=7, binary="/bin/x", at=DAY + 5), "Process", "native_id") == {"7?1:/bin/x"}


@pytest.mark.parametrize("said", [{"pid": 7}, {"binary": "/bin/x"}, {"user": "ann"}])
def test_who_is_not_said_to_be_is_nobody(said: dict[str, Any]) -> None:
    found = of("connection_out", remote_ip="8.8.8.8", **said)
    assert nodes(found, "Process") == []
    assert [row.by for row in nodes(found, "IpAddress")] == [None]


def test_a_start_is_started_and_an_act_is_not() -> None:
    [start] = nodes(of("process_started", pid=7, binary="/bin/x"), "Process")
    [act] = nodes(of("file_written", pid=7, binary="/bin/x", path="/tmp/x"), "Process")
    assert start.merged and start.merged["started_at"] == 10
    assert act.merged and act.merged["started_at"] is None


def test_what_runs_is_seen_on_the_host_and_by_the_user() -> None:
    found = of("process_started", pid=7, binary="/bin/sh", user="ann")
    assert {"RAN_ON", "EXECUTED", "RUNS", "STARTED", "USES"} == types(found)
    assert names(found, "Binary", "name") == {"/usr/bin/sh"}
    assert names(found, "User", "name") == {"ann@web-1"}


def test_a_busybox_tool_is_listed_under_its_own_name() -> None:
    """Found by a case: busybox nc was no dual-use tool."""
    found = of("process_started", pid=7, binary="/bin/busybox", args=["nc", "-lp", "1"])
    assert [(row.fixed["name"], row.fixed["basename"]) for row in nodes(found, "Binary")] == [
        ("/usr/bin/busybox nc", "nc")
    ]


def test_a_file_name_with_a_blank_is_no_tool() -> None:
    assert names(of("process_started", pid=7, binary="/tmp/my nc"), "Binary", "basename") == {"my nc"}


def test_a_login_user_that_is_another_became_it() -> None:
    assert "BECAME" in types(of("process_started", pid=7, binary="/x", uid=0, login_user="ann"))
    assert "BECAME" not in types(of("process_started", pid=7, binary="/x", user="ann", login_user="ann"))
    assert "BECAME" not in types(of("process_started", pid=7, binary="/x", uid=0, login_uid=4294967295))


def test_a_parent_is_a_placeholder_until_its_own_record_comes() -> None:
    found = of("process_started", pid=7, binary="/x", parent_pid=3, parent_binary="/y", parent_started_at=2)
    assert names(found, "Process", "native_id") == {"7@10:/x", "3@2:/y"}
    assert {"SPAWNED", "LAUNCHES"} <= types(found)
    [launches] = edges(found, "LAUNCHES")
    [child] = [row.id for row in nodes(found, "Process") if row.fixed["native_id"] == "7@10:/x"]
    assert launches.by == child


def test_only_a_start_is_a_launch() -> None:
    found = of("file_written", pid=7, binary="/x", parent_pid=3, parent_binary="/y", path="/z")
    assert "SPAWNED" in types(found)
    assert "LAUNCHES" not in types(found)


def test_a_parent_known_by_its_pid_alone_is_left_to_the_join() -> None:
    found = of("process_started", pid=7, binary="/x", parent_pid=3)
    assert "SPAWNED" not in types(found)
    assert [row.merged and row.merged["parent_pid"] for row in nodes(found, "Process")] == [3]


def test_a_connection_names_the_binary_of_its_own_record() -> None:
    """Found by reading: which names it went to depended on what other records had said of the process."""
    [one] = edges(of("connection_out", process="p", binary="/x", remote_ip="8.8.8.8"), "CONNECTED_TO")
    [other] = edges(of("connection_out", process="p", remote_ip="8.8.8.8"), "CONNECTED_TO")
    assert "binary" in one.fixed
    assert "binary" not in other.fixed


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "-", "", "localhost", "1.2.3"])
def test_a_placeholder_is_no_address(address: str) -> None:
    if address:
        found = of("connection_out", pid=7, binary="/x", remote_ip=address)
        assert nodes(found, "IpAddress") == []


def test_an_address_of_the_deployments_own_is_not_outside() -> None:
    naming = Naming(internal=(ip_network("8.8.0.0/16"),))
    assert names(of("connection_out", pid=7, binary="/x", remote_ip="8.8.8.8"), "IpAddress", "external") == {True}
    assert names(of("connection_out", naming, pid=7, binary="/x", remote_ip="8.8.8.8"), "IpAddress", "external") == {
        False
    }


def test_an_own_address_is_assigned_and_no_contact() -> None:
    found = of("connection_in", pid=7, binary="/x", remote_ip="8.8.8.8", local_ip="52.1.1.1", local_port=443)
    assert {row.fixed["ip"]: row.by is not None for row in nodes(found, "IpAddress")} == {
        "8.8.8.8": True,
        "52.1.1.1": False,
    }
    assert "ASSIGNED_TO" in types(found)


def test_a_look_up_is_no_contact() -> None:
    found = of("name_resolved", pid=7, binary="/x", domain="l.gs.thc.org.", answers=["8.8.8.8", "-"])
    assert names(found, "Domain", "name") == {"l.gs.thc.org", "thc.org"}
    assert {row.by for row in [*nodes(found, "Domain"), *nodes(found, "IpAddress")]} == {None}
    assert {"RESOLVED", "RESOLVES_TO", "ANSWERED", "PART_OF"} <= types(found)


def test_a_failed_login_shows_the_host_and_no_account() -> None:
    found = of("logged_in", user="admin", remote_ip="8.8.8.8", success=False)
    assert nodes(found, "User") == []
    assert [row.by for row in nodes(found, "IpAddress")] == [None]


def test_a_login_is_its_sessions_or_its_hosts() -> None:
    with_session = of("logged_in", user="ann", remote_ip="8.8.8.8", session="3")
    without = of("logged_in", user="ann", remote_ip="8.8.8.8")
    [session] = nodes(with_session, "Session")
    [host] = nodes(without, "Host")
    assert {row.by for row in nodes(with_session, "IpAddress")} == {session.id}
    assert {row.by for row in nodes(without, "IpAddress")} == {host.id}


def test_a_hash_is_of_the_content_on_the_host() -> None:
    found = of("file_hashed", pid=7, binary="/usr/bin/sha256sum", path="/bin/x", sha256="a" * 64)
    assert [row.fixed["path"] for row in edges(found, "HOLDS")] == ["/usr/bin/x"]
    assert "HAS" not in types(found)


def test_a_container_is_its_short_id_and_an_image_its_repository() -> None:
    found = of("container_started", container="a" * 64, image="nginx:1.25@sha256:abc")
    assert names(found, "Container", "native_id") == {"a" * 12}
    assert names(found, "Image", "name") == {"docker.io/library/nginx"}


def test_a_call_of_an_api_is_on_no_host() -> None:
    found = of("api_called", call="e-1")
    assert nodes(found, "Host") == []
    assert names(found, "Feed", "kind") == {"api_called"}
    assert names(found, "ApiCall", "native_id") == {"e-1"}
    assert types(found) == {"MADE", "CALLS"}


def test_a_call_without_an_id_is_what_is_said_of_it() -> None:
    first, again = (nodes(of("api_called"), "ApiCall")[0].id for _ in range(2))
    assert first == again
    assert nodes(of("api_called", at=11), "ApiCall")[0].id != first


def test_what_is_called_and_where_from_is_seen_by_the_call() -> None:
    found = of("api_called", region="eu-central-1", remote_ip="8.8.8.8")
    [call] = nodes(found, "ApiCall")
    sightings = [row.by for kind in ("CALLS", "ACTS_IN", "ACTS_FROM") for row in edges(found, kind)]
    sightings += [row.by for label in ("Identity", "Api", "Region", "IpAddress") for row in nodes(found, label)]
    assert sightings == [call.id] * 7
    assert "CAME_FROM" in types(found)


def test_a_refused_call_shows_who_was_active_and_no_operation() -> None:
    found = of("api_called", region="eu-central-1", remote_ip="8.8.8.8", error="AccessDenied")
    assert nodes(found, "Api") == []
    assert types(found) == {"MADE", "CAME_FROM", "ACTS_IN", "ACTS_FROM"}
    assert [row.merged and row.merged["error"] for row in nodes(found, "ApiCall")] == ["AccessDenied"]


def test_a_claimed_identity_is_no_sighting_of_anything() -> None:
    found = of("api_called", region="x", remote_ip="8.8.8.8", error="Failure", authenticated=False)
    assert types(found) == {"MADE", "CAME_FROM"}
    assert {row.by for label in ("Identity", "IpAddress") for row in nodes(found, label)} == {None}


@pytest.mark.parametrize("issuer", [ROLE, None])
def test_sessions_of_one_role_are_one_identity_wherever_they_act(issuer: str | None) -> None:
    for account, session in [("123456789012", "a"), ("999999999999", "i-0abc")]:
        name = f"arn:aws:sts::123456789012:assumed-role/web/{session}"
        found = of("api_called", account=account, identity=name, issuer=issuer)
        assert names(found, "Identity", "principal") == {ROLE}
        assert names(found, "Identity", "account") == {"123456789012"}
        assert [row.merged and row.merged["name"] for row in nodes(found, "Identity")] == ["web"]
        assert names(found, "ApiCall", "account") == {account}


def test_what_a_request_names_is_not_thereby_new() -> None:
    found = of("api_called", resources=["arn:aws:s3:::b", "arn:aws:iam::9:role/x"], images=["nginx:1.25"])
    assert {(row.fixed["account"], row.fixed["name"]) for row in nodes(found, "CloudResource")} == {
        ("123456789012", "arn:aws:s3:::b"),
        ("9", "arn:aws:iam::9:role/x"),
    }
    assert [(row.fixed["name"], row.by) for row in nodes(found, "Image")] == [("docker.io/library/nginx", None)]
    assert {"ACTED_ON", "DEPLOYED"} <= types(found)


@pytest.mark.parametrize(("kind", "said"), [pytest.param(kind, said, id=kind) for kind, said in hostile()])
def test_whatever_a_sensor_sends_becomes_text_that_the_database_takes(kind: str, said: dict[str, Any]) -> None:
    """Trap 4: one NUL or lone surrogate fails a whole batch, and a text above 8 kB does where it is indexed."""
    indexed = {
        (label, name) for label, node in schema.load().nodes.items() for columns in node.index for name in columns
    }
    for row in of(kind, **said):
        values = dict(row.fixed) | (dict(row.merged or {}) if isinstance(row, NodeRow) else {})
        for name, value in values.items():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    size = len(text.encode())  # a lone surrogate raises here
                    assert "\x00" not in text, name
                    assert len(text) <= 4096, name
                    if isinstance(row, NodeRow) and (row.label, name) in indexed:
                        assert size <= 8000, f"{row.label}.{name}"
                elif isinstance(text, int):
                    assert -(2**63) <= text < 2**63
