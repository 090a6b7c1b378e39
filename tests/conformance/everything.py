"""A day on which everything that can be said is said: each kind of event with every field."""

from typing import Any

Record = dict[str, Any]

WHO: Record = {
    "host": "web-1",
    "pid": 40,
    "binary": "/usr/bin/python3",
    "process": "guid-40",
    "started_at": 1_000,
    "args": ["python3", "/opt/sync.py"],
    "cwd": "/root",
    "uid": 0,
    "login_user": "ann",
    "login_uid": 1000,
    "session": "7",
    "container": "aaaaaaaaaaaa",
    "image": "nginx:1.25",
    "parent": "guid-30",
    "parent_pid": 30,
    "parent_binary": "/usr/bin/bash",
    "parent_started_at": 500,
}
EVERYTHING: tuple[Record, ...] = (
    {"kind": "process_started", "at": 1_000, **WHO},
    {"kind": "process_started", "at": 1_100, "host": "web-1", "sensor": "auditd", "pid": 40, "parent_pid": 30}
    | {"binary": "/usr/bin/python3", "args": ["python3", "/opt/sync.py"], "user": "ann", "uid": 1000},
    {"kind": "connection_out", "at": 2_000, **WHO, "remote_ip": "8.8.4.4", "remote_port": 443, "local_ip": "10.0.0.1"}
    | {"bytes_out": 1_000, "bytes_in": 20_000},
    {"kind": "connection_in", "at": 2_100, **WHO, "remote_ip": "1.2.3.4", "local_port": 22, "local_ip": "10.0.0.1"}
    | {"bytes_out": 300, "bytes_in": 40},
    {"kind": "port_listening", "at": 2_200, **WHO, "port": 22},
    {"kind": "name_resolved", "at": 1_900, **WHO, "domain": "l.gs.thc.org", "answers": ["8.8.4.4"]},
    {"kind": "file_written", "at": 2_300, **WHO, "path": "/tmp/x"},
    {"kind": "file_read", "at": 2_310, **WHO, "path": "/etc/shadow"},
    {"kind": "file_deleted", "at": 2_320, **WHO, "path": "/tmp/x"},
    {"kind": "file_hashed", "at": 2_400, **WHO, "path": "/usr/bin/python3", "sha256": "a" * 64},
    {"kind": "privilege_changed", "at": 2_500, **WHO, "target_user": "postgres", "target_uid": 26},
    {"kind": "process_ended", "at": 3_000, **WHO, "exit_code": 0},
    {"kind": "logged_in", "at": 100, "host": "web-1", "user": "ann", "uid": 1000, "session": "7", "method": "sshd"}
    | {"remote_ip": "81.2.69.142"},
    {"kind": "container_started", "at": 200, "host": "web-1", "container": "aaaaaaaaaaaa", "image": "nginx:1.25"}
    | {"name": "web", "namespace": "shop"},
    {"kind": "api_called", "at": 3_100, "provider": "aws", "account": "123456789012", "call": "e-1", "mfa": False}
    | {"identity": "arn:aws:sts::123456789012:assumed-role/web/i-1", "identity_kind": "AssumedRole", "session": "i-1"}
    | {"issuer": "arn:aws:iam::123456789012:role/web", "identity_name": "web", "access_key": "ASIAXMPL"}
    | {"service": "ec2.amazonaws.com", "operation": "RunInstances", "region": "eu-central-1", "read_only": False}
    | {"remote_ip": "81.2.69.142", "user_agent": "aws-cli/2.15", "resources": ["instance/i-2"]},
    {"kind": "api_called", "at": 3_200, "provider": "aws", "account": "123456789012", "call": "e-2"}
    | {"identity": "ec2.amazonaws.com", "remote_name": "ec2.amazonaws.com", "error": "AccessDenied"}
    | {"service": "kms.amazonaws.com", "operation": "Decrypt"},
    {"kind": "api_called", "at": 3_300, "provider": "kubernetes", "account": "shop", "identity": "ann"}
    | {"service": "core", "operation": "create pods", "images": ["nginx:1.25"], "flags": ["privileged"]}
    | {"args": ["sh", "-c", "id"]},
)
