"""What machines do by themselves: timers, packages, configuration, backups, traffic, builds.

Each scene happens once, at `at`, for the `turn`-th time on that host. A scene that has more sides than
it shows at a time shows them turn by turn, and all of them in turn `ALL`.
"""

from hashlib import sha256

from seeds.chronicle import Run
from seeds.deployment import HOSTS, SITES, UIDS, WEB_CLIENTS, Host, Workload
from seeds.people import ALL
from seeds.world import World

_PACKAGES = ("libc-bin", "openssl", "tzdata")
_NAMES = tuple(HOSTS)


def rotate_logs(world: World, host: Host, at: int, turn: int) -> None:
    """Run logrotate's timer."""
    _by_systemd(world, host, at, "/usr/sbin/logrotate", "/etc/logrotate.conf")


def keep_house(world: World, host: Host, at: int, turn: int) -> None:
    """Run the weekly timers."""
    if turn == ALL or turn % 2 == 0:
        _by_systemd(world, host, at, "/usr/bin/mandb", "--quiet")
    if turn == ALL or turn % 2 == 1:
        _by_systemd(world, host, at + 90_000, "/usr/sbin/fstrim", "--listed-in", "/etc/fstab")


def refresh_packages(world: World, host: Host, at: int, turn: int) -> None:
    """Fetch the package lists."""
    script = _by_systemd(world, host, at, "/bin/sh", "/usr/lib/apt/apt.systemd.daily", "update", binary="/usr/bin/dash")
    apt = world.chronicle.run(script, at + 400, "apt-get", "-qq", "-y", "update", binary="/usr/bin/apt-get")
    http = world.chronicle.run(apt, at + 700, "/usr/lib/apt/methods/http")
    world.contact(http, at + 760, SITES["debian"], turn=_place(host) + turn)


def upgrade_packages(world: World, host: Host, at: int, turn: int) -> None:
    """Install upgrades, whose maintainer scripts run as root."""
    script = _by_systemd(
        world, host, at, "/bin/sh", "/usr/lib/apt/apt.systemd.daily", "install", binary="/usr/bin/dash"
    )
    upgrader = world.chronicle.run(
        script, at + 500, "/usr/bin/python3", "/usr/bin/unattended-upgrade", binary="/usr/bin/python3.11"
    )
    dpkg = world.chronicle.run(upgrader, at + 6_000, "dpkg", "--configure", "--pending", binary="/usr/bin/dpkg")
    for place, package in enumerate(_PACKAGES):
        if turn == ALL or place == turn % len(_PACKAGES):
            world.chronicle.run(
                dpkg, at + 7_000 + 900 * place, "/bin/sh", f"/var/lib/dpkg/info/{package}.postinst",
                "configure", binary="/usr/bin/dash",
            )  # fmt: skip


def apply_configuration(world: World, host: Host, at: int, turn: int) -> None:
    """Run the configuration management agent."""
    agent = _by_systemd(
        world, host, at, "puppet", "/opt/puppetlabs/puppet/bin/puppet", "agent", "--onetime",
        "--no-daemonize", binary="/opt/puppetlabs/puppet/bin/ruby",
    )  # fmt: skip
    world.connect(agent, at + 2_000, "10.20.9.4", 8140)
    if turn == ALL or turn % 2 == 0:
        world.chronicle.run(agent, at + 3_500, "/usr/bin/systemctl", "is-active", "cron")
    if turn == ALL or turn % 2 == 1:
        world.chronicle.run(agent, at + 3_900, "/usr/bin/dpkg-query", "-W")


def ship_logs(world: World, host: Host, at: int, turn: int) -> None:
    """Send logs to the collector, and every other time to the service outside."""
    shipper = world.daemon(host, "fluent-bit", at)
    if turn == ALL or turn % 2 == 0:
        world.connect_inside(shipper, at, "log-1", 6000)
    if turn == ALL or turn % 2 == 1:
        world.contact(shipper, at + 300, SITES["logs"], turn=_place(host) + turn // 2)


def check_files(world: World, host: Host, at: int, turn: int) -> None:
    """Hash some files where they lie, as file integrity monitoring does."""
    paths = ("/usr/sbin/sshd", "/usr/bin/sudo", "/etc/crontab")
    for place, path in enumerate(paths):
        if turn == ALL or place == turn % len(paths):
            content = sha256(f"{path} of Debian 12".encode()).hexdigest()
            world.chronicle.add(at + place * 40, "file_hashed", host, path=path, sha256=content)


def serve_web(world: World, host: Host, at: int, turn: int) -> None:
    """Answer a client that is known, and ask an application for it now and then."""
    accept(world, host, at, WEB_CLIENTS[(turn + 3 * _place(host)) % len(WEB_CLIENTS)])
    nginx = world.daemon(host, "nginx", at)
    for number in range(12):
        if turn == ALL or (turn % 4 == 0 and number == turn // 4 % 12):
            world.connect_inside(nginx, at + 12 + number, f"app-{1 + number}", 8080)


def accept(world: World, host: Host, at: int, client: str) -> None:
    """Accept a client's connection."""
    world.chronicle.add(
        at, "connection_in", world.daemon(host, "nginx", at), remote_ip=client,
        remote_port=1_024 + at % 60_000, local_ip=host.ip, local_port=443,
    )  # fmt: skip


def run_php_jobs(world: World, host: Host, at: int, turn: int) -> None:
    """Run the shop's scheduler from cron."""
    cron = world.daemon(host, "cron", at)
    web = UIDS["www-data"]
    line = "php /var/www/shop/artisan schedule:run"
    sh = world.chronicle.run(cron, at, "/bin/sh", "-c", line, binary="/usr/bin/dash", uid=web)
    world.chronicle.run(sh, at + 20, "php", "/var/www/shop/artisan", "schedule:run", binary="/usr/bin/php8.2")


def work(world: World, host: Host, at: int, turn: int, load: Workload) -> None:
    """Let an application ask its data store, and the service outside that it depends on."""
    run = world.daemon(host, load.name, at)
    if load.backend and (turn == ALL or turn % 2 == 0 or load.site is None):
        world.connect_inside(run, at, load.backend, load.backend_port)
    if load.site and (turn == ALL or turn % 2 == 1):
        world.contact(run, at + 90, SITES[load.site], turn=_place(host) + turn // 2)


def back_up(world: World, host: Host, at: int, turn: int) -> None:
    """Dump the database and send it to the object store."""
    cron = world.daemon(host, "cron", at)
    owner = UIDS["postgres"]
    sh = world.chronicle.run(cron, at, "/bin/sh", "-c", "/usr/local/sbin/pg-backup", binary="/usr/bin/dash", uid=owner)
    script = world.chronicle.run(sh, at + 15, "/bin/bash", "/usr/local/sbin/pg-backup", binary="/usr/bin/bash")
    world.chronicle.run(script, at + 60, "/usr/lib/postgresql/15/bin/pg_dump", "-Fc", "-f", "/backup/all.dump")
    upload = world.chronicle.run(
        script, at + 240_000, "/usr/bin/python3", "/usr/local/bin/aws", "s3", "cp", "/backup/all.dump",
        "s3://larkfield-backup/", binary="/usr/bin/python3.11",
    )  # fmt: skip
    world.contact(upload, at + 240_900, SITES["backup"], turn=_place(host) + turn)


def check_database(world: World, host: Host, at: int, turn: int) -> None:
    """Run the monitoring's database check."""
    check = "/usr/local/lib/monitoring/check_postgres.pl"
    _by_systemd(world, host, at, "/usr/bin/perl", check, "--action=backends", uid=UIDS["postgres"])


def measure(world: World, host: Host, at: int, turn: int) -> None:
    """Scrape a host; probe a name outside now and then."""
    prometheus = world.daemon(host, "prometheus", at)
    for place, name in enumerate(_NAMES):
        if turn == ALL or place == turn % len(_NAMES):
            world.connect_inside(prometheus, at + 3 * place, name, 9100)
    for place, site in enumerate(("status", "cdn")):
        if turn == ALL or (turn % 6 == 0 and place == turn // 6 % 2):
            world.contact(world.daemon(host, "blackbox", at), at + 200 + 80 * place, SITES[site], turn=turn)


def build(world: World, host: Host, at: int, turn: int) -> None:
    """Run a build of the pipeline: fetch the source, its packages, push the image."""
    shell = build_shell(world, host, at)
    git = world.chronicle.run(shell, at + 900, "/usr/bin/git", "fetch", "--depth", "20")
    fetch = world.chronicle.run(git, at + 950, "/usr/lib/git-core/git-remote-https", "origin")
    world.contact(fetch, at + 990, SITES["git"], turn=_place(host) + turn)
    if turn == ALL or turn % 2 == 0:
        world.chronicle.run(
            shell, at + 15_000, "node", "/usr/share/nodejs/npm/bin/npm-cli.js", "ci", binary="/usr/bin/node"
        )
    if turn == ALL or turn % 2 == 1:
        push = world.chronicle.run(shell, at + 90_000, "/usr/bin/buildctl", "build", "--frontend", "dockerfile.v0")
        world.connect(push, at + 160_000, "10.20.9.5", 5000)


def build_shell(world: World, host: Host, at: int) -> Run:
    """Start the shell in which the pipeline's runner executes a job."""
    runner = world.daemon(host, "gitlab-runner", at)
    return world.chronicle.run(runner, at, "bash", "--login", binary="/usr/bin/bash", cwd="/builds/larkfield")


def _by_systemd(world: World, host: Host, at: int, *argv: str, binary: str | None = None, uid: int = 0) -> Run:
    first = world.chronicle.first_process(host, at)
    return world.chronicle.run(first, at, *argv, binary=binary or argv[0], uid=uid)


def _place(host: Host) -> int:
    return _NAMES.index(host.name)
