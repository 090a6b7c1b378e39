"""People at work: administrators and the contractor log in, look around and become root or postgres."""

from collections.abc import Sequence

from seeds.chronicle import Run
from seeds.deployment import HOME_ADDRESSES, HOSTS, MINUTE, START, UIDS, Host
from seeds.world import World

BASTION = HOSTS["bastion-1"]
ALL = -1
"""Turn in which everything is done once, so that nothing about it is new later."""

_LOOKING = (
    ("/usr/bin/ls", "-la"),
    ("/usr/bin/journalctl", "-n", "200"),
    ("/usr/bin/df", "-h"),
    ("/usr/bin/tail", "-n", "100", "/var/log/syslog"),
)
_AS_ROOT = (("/usr/bin/systemctl", "status"), ("/usr/bin/less", "/var/log/auth.log"))
PSQL = "/usr/lib/postgresql/15/bin/psql"


def log_in(world: World, host: Host, at: int, person: str, *, source: str) -> Run:
    """Log a person in by SSH and return the server's process for that connection."""
    sshd = world.daemon(host, "sshd", at)
    session = (at - START) // MINUTE
    server = world.chronicle.run(sshd, at, "/usr/sbin/sshd", "-D", "-R")
    world.chronicle.add(
        at + 820, "logged_in", host, user=person, uid=UIDS[person], remote_ip=source,
        session=str(session), method="sshd",
    )  # fmt: skip
    # What runs for the person from here on is the session's: PAM has set the login user.
    server.session = session
    return server


def shell(world: World, server: Run, at: int, person: str) -> Run:
    """Start the person's login shell."""
    uid = UIDS[person]
    return world.chronicle.run(server, at, "-bash", binary="/usr/bin/bash", uid=uid, login=uid, cwd=f"/home/{person}")


def type_in(world: World, parent: Run, at: int, *argv: str) -> Run:
    """Run a command from a shell, and let it end."""
    run = world.chronicle.run(parent, at, *argv)
    end(world, run, at + 700 + at % 900)
    return run


def sudo(world: World, parent: Run, at: int, *argv: str, user: str = "root", binary: str | None = None) -> Run:
    """Run a command as another user and return it."""
    how = () if user == "root" else ("-u", user)
    own = world.chronicle.run(parent, at, "sudo", *how, *argv, binary="/usr/bin/sudo", setuid=True)
    return world.chronicle.run(own, at + 35, *argv, binary=binary or argv[0], uid=UIDS[user])


def end(world: World, run: Run, at: int) -> None:
    """End a process; only Tetragon says so."""
    if run.host.sensor == "tetragon":
        world.chronicle.add(at, "process_ended", run)


def administer(world: World, host: Host, at: int, turn: int, person: str, *, root: bool = True) -> Run:
    """Let an administrator look at two things, and one of them as root; return his shell."""
    server = log_in(world, host, at, person, source=BASTION.ip)
    own = shell(world, server, at + 1_400, person)
    now = at + 20_000
    for place, argv in enumerate(_LOOKING):
        if turn == ALL or place % 2 == turn % 2:
            type_in(world, own, now, *argv)
            now += 31_000
    for place, argv in enumerate(_AS_ROOT):
        if root and (turn == ALL or place == turn % 2):
            sudo(world, own, now, *argv)
            now += 44_000
    end(world, own, now + 5 * MINUTE)
    return own


def pass_bastion(world: World, at: int, person: str, targets: Sequence[Host]) -> None:
    """Log in to the bastion from home and go on to other hosts from there."""
    home = HOME_ADDRESSES[person]
    world.chronicle.add(
        at - 400, "connection_in", world.daemon(BASTION, "sshd", at), remote_ip=home,
        remote_port=40_000 + at % 20_000, local_ip=BASTION.ip, local_port=22,
    )  # fmt: skip
    own = shell(world, log_in(world, BASTION, at, person, source=home), at + 1_300, person)
    for place, target in enumerate(targets):
        moment = at + 9_000 + place * 47_000
        ssh = world.chronicle.run(own, moment, "ssh", target.name, binary="/usr/bin/ssh")
        world.connect(ssh, moment + 80, target.ip, 22)


def contract(world: World, host: Host, at: int, turn: int) -> Run:
    """Let the contractor look after the payments reports: as himself and as postgres, never as root."""
    server = log_in(world, host, at, "tkessler", source=BASTION.ip)
    own = shell(world, server, at + 1_500, "tkessler")
    type_in(world, own, at + 24_000, "/usr/bin/ls", "-l", "reports")
    if turn == ALL or turn % 2 == 0:
        psql = sudo(world, own, at + 71_000, PSQL, "-d", "payments", "-f", "reports/daily.sql", user="postgres")
        end(world, psql, at + 95_000)
    if turn == ALL or turn % 2 == 1:
        type_in(world, own, at + 140_000, "/usr/bin/less", "reports/daily.txt")
    return own


def upload(world: World, host: Host, at: int, path: str) -> None:
    """The contractor copies a file to the host over SFTP."""
    server = log_in(world, host, at, "tkessler", source=BASTION.ip)
    uid = UIDS["tkessler"]
    sftp = world.chronicle.run(
        server, at + 1_100, "/usr/lib/openssh/sftp-server", uid=uid, login=uid, cwd="/home/tkessler"
    )
    world.chronicle.add(at + 4_200, "file_written", sftp, path=path)
    end(world, sftp, at + 6_000)
