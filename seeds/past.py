"""Ordinary life: what happens when, on every host, for 95 days and the day of the story.

Everything that recurs is shown in the first six days on every host where it recurs, so that only what
`BENIGN` lists is new after the learning period. `scale` makes ordinary life denser, nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from seeds import people, scenes
from seeds.chronicle import Run
from seeds.deployment import (
    ADMINS,
    CONTRACTOR,
    DAY,
    END,
    HOSTS,
    HOUR,
    MINUTE,
    SITES,
    START,
    STORY_HOST,
    WORKLOADS,
    Host,
    Site,
    Workload,
    workloads_of,
)
from seeds.people import ALL
from seeds.world import World

SEED = "polygraph/larkfield"
_LONGEST_STEP = 33.0
"""Days between two of a kind, at most: twice that is still well inside the novelty window of 90."""
_WARM = 5.0
_DENSE = 0.5
_OFFICE = (6.0, 16.0)

Scene = Callable[[World, Host, int, int], object]


@dataclass(frozen=True, slots=True)
class Benign:
    """Something new on an ordinary day, and what the checker may find new because of it."""

    day: int
    what: str
    keys: tuple[tuple[str, ...], ...]


BENIGN = (
    Benign(18, "an administrator installs htop on db-1", (("binary", "/usr/bin/htop"),)),
    Benign(27, "the log service answers with a third address", (("address", "18.192.44.203"),)),
    Benign(
        36, "pricing asks a second rates service",
        (("domain", "fx2.ratewire.example"), ("address", "193.108.91.112")),
    ),
    Benign(44, "the pipeline uses jq", (("binary", "/usr/bin/jq"),)),
    Benign(50, "a new service, returns, is rolled out to two nodes", (
        ("image", "registry.larkfield.example:5000/returns"), ("binary", "/app/returnsd"),
        ("runs", "k8s-6", "/app/returnsd"), ("uses", "65532@k8s-6", "/app/returnsd"),
    )),
    Benign(58, "jonas.weiss becomes root on ci-1 for the first time", (
        ("became", "2004@ci-1", "root@ci-1"),
    )),
    Benign(66, "an administrator traces the kubelet on k8s-7", (("binary", "/usr/bin/strace"),)),
    Benign(75, "an administrator pings a store from app-5", (
        ("runs", "app-5", "/usr/bin/redis-cli"), ("uses", "2003@app-5", "/usr/bin/redis-cli"),
    )),
)  # fmt: skip
RETURNS = Workload(
    "returns", "registry.larkfield.example:5000/returns", ("1.0.0",), ("/app/returnsd",), "/app/returnsd"
)


def live(scale: float = 1.0) -> World:
    """Return the world with its ordinary life, from the first day to the end; `scale` from 0.2 up."""
    world = World()
    for release, load, version in _releases():
        world.release(load, release, version)
    _boot_everything(world)
    for host, scene, name, per_day, window in _habits():
        # Thinning stops at what is rare anyway: everything must come back within the novelty window.
        rate = per_day * (scale if scale >= 1.0 or per_day >= _DENSE else 1.0)
        for turn, at in enumerate(moments(f"{host.name}/{name}", rate, window)):
            scene(world, host, at, ALL if turn == 0 else turn)
    _roll_out(world)
    _new_web_clients(world)
    _benign_novelties(world)
    return world


def moments(name: str, per_day: float, window: tuple[float, float] = (0.0, 24.0)) -> Iterator[int]:
    """Yield when something happens that happens `per_day` times a day, between two hours of the day.

    One moment falls in each stretch of 1/per_day days, and the first in the first five days.
    """
    dice = Random(f"{SEED}/{name}")  # noqa: S311
    step = min(1.0 / per_day, _LONGEST_STEP)
    opens, closes = window
    days = (END - START) / DAY
    place = 0.0
    early = [1.0 + dice.random() * (_WARM - 1.0)] if step > 1.0 else []
    while place < days:
        moment = place + dice.random() * step
        place += step
        for day in (*early, moment) if not early or moment > early[0] + 0.2 else early:
            whole = int(day)
            at = START + whole * DAY + int((opens + (day - whole) * (closes - opens)) * HOUR)
            # The machines need half an hour to come up on the first day.
            if START + 30 * MINUTE <= at < END:
                yield at
        early = []


Habit = tuple[Host, Scene, str, float, tuple[float, float]]


def _habits() -> Iterator[Habit]:
    all_day, night = (0.0, 24.0), (1.0, 5.0)
    for place, host in enumerate(HOSTS.values()):
        yield host, scenes.rotate_logs, "rotate_logs", 0.3, (0.0, 0.2)
        yield host, scenes.keep_house, "keep_house", 1 / 12, night
        yield host, scenes.refresh_packages, "refresh_packages", 1 / 8, (5.0, 7.0)
        yield host, scenes.upgrade_packages, "upgrade_packages", 1 / 16, (5.0, 7.0)
        yield host, scenes.apply_configuration, "apply_configuration", 0.2, all_day
        yield host, scenes.ship_logs, "ship_logs", 0.5, all_day
        yield host, scenes.check_files, "check_files", 0.1, night
        yield host, partial(people.administer, person=host.admin), "administer", 1 / 16, _OFFICE
        for load in workloads_of(host):
            rate = 0.2 if load.site is None else 0.6
            yield host, partial(scenes.work, load=load), f"work/{load.name}", rate, all_day
        match host.role:
            case "web":
                yield host, scenes.serve_web, "serve_web", 5.0, all_day
                yield host, scenes.run_php_jobs, "run_php_jobs", 0.5, all_day
            case "db":
                yield host, scenes.back_up, "back_up", 0.5, night
                yield host, scenes.check_database, "check_database", 0.5, all_day
            case "mon":
                yield host, scenes.measure, "measure", 6.0, all_day
            case "ci":
                yield host, scenes.build, "build", 0.9, _OFFICE
        if host.name == STORY_HOST or place == 33:
            yield host, people.contract, "contract", 0.35, (7.0, 15.0)
            yield host, _upload_report, "upload", 0.12, (7.0, 15.0)
    # A second administrator looks after the builds, as the pipeline's own user and not as root.
    yield HOSTS["ci-1"], _look_only, "look_only", 1 / 16, _OFFICE
    for person in (*ADMINS, CONTRACTOR):
        yield people.BASTION, partial(_pass, person=person), f"bastion/{person}", 0.4, _OFFICE


def _upload_report(world: World, host: Host, at: int, turn: int) -> None:
    people.upload(world, host, at, "/home/tkessler/reports/daily.sql")


def _look_only(world: World, host: Host, at: int, turn: int) -> None:
    shell = people.administer(world, host, at, turn, "jonas.weiss", root=False)
    people.sudo(world, shell, at + 2 * MINUTE, "/usr/bin/ls", "/builds", user="gitlab-runner")


def _pass(world: World, host: Host, at: int, turn: int, person: str) -> None:
    targets = [target for target in HOSTS.values() if target.admin == person] or [HOSTS[STORY_HOST]]
    people.pass_bastion(world, at, person, targets if turn == ALL else [targets[turn % len(targets)]])


def _boot_everything(world: World) -> None:
    """Boot each host on the first day and, for kernel updates, twice more, never near the story."""
    for place, host in enumerate(HOSTS.values()):
        world.boot(host, START + place * 20_000, first=True)
        for reboot in (1, 2):
            day = 30 * reboot + 1 + place * 7 % 20
            world.boot(host, START + day * DAY + 5 * HOUR + place * 61_000, first=False)


def _releases() -> Iterator[tuple[int, Workload, str]]:
    for place, load in enumerate(WORKLOADS.values()):
        for turn, version in enumerate(load.versions[1:]):
            # The collector is on every host; its one upgrade is a day of its own.
            day = 40 if load.name == "otel" else 10 + 3 * place + 18 * turn
            yield START + day * DAY + 9 * HOUR + place * 11 * MINUTE, load, version


def _roll_out(world: World) -> None:
    """Start each release's containers host after host."""
    for release, load, _ in _releases():
        hosts = [host for host in HOSTS.values() if load in workloads_of(host)]
        for place, host in enumerate(hosts):
            world.start_container(host, load, release + (2 + 3 * place) * MINUTE, fetch=True)


def new_web_clients() -> Iterator[tuple[Host, int, str]]:
    """Yield the clients that come once: one for each web server every five days."""
    webs = [host for host in HOSTS.values() if host.role == "web"]
    for place, host in enumerate(webs):
        for turn, day in enumerate(range(7 + place % 5, 96, 5)):
            if day == 94:
                continue
            first = (37, 46, 85, 89, 102, 121, 178, 188)[(turn * len(webs) + place) % 8]
            address = f"{first}.{11 + 5 * turn}.{place * 40 + 9}.{61 + turn}"
            yield host, START + day * DAY + 10 * HOUR + place * 37 * MINUTE, address


def _new_web_clients(world: World) -> None:
    for host, at, address in new_web_clients():
        scenes.accept(world, host, at, address)


def _benign_novelties(world: World) -> None:
    """Do what `BENIGN` says, and do it again often enough that it is new only once."""
    for day in range(18, 95, 19):
        _tool(world, HOSTS["db-1"], day, "/usr/bin/htop")
    for day in range(27, 95, 19):
        at = START + day * DAY + 8 * HOUR
        shipper = world.daemon(HOSTS["log-2"], "fluent-bit", at)
        world.look_up(shipper, at, SITES["logs"].domain, ("18.192.44.203", SITES["logs"].addresses[1]))
        world.connect(shipper, at + 50, "18.192.44.203", 443)
    for day in range(36, 95, 19):
        at = START + day * DAY + 12 * HOUR
        pricing = world.daemon(HOSTS["app-9"], "pricing", at)
        world.contact(pricing, at, Site("fx2.ratewire.example", ("193.108.91.112",)), turn=0)
    for day in range(44, 95, 19):
        at = START + day * DAY + 11 * HOUR
        shell = scenes.build_shell(world, HOSTS["ci-1"], at)
        world.chronicle.run(shell, at + 3_000, "/usr/bin/jq", "-r", ".version", "package.json")
    for place, host in enumerate((HOSTS["k8s-5"], HOSTS["k8s-6"])):
        at = START + 50 * DAY + 14 * HOUR + place * 4 * MINUTE
        world.start_container(host, RETURNS, at, fetch=True)
    people.administer(world, HOSTS["ci-1"], START + 58 * DAY + 13 * HOUR, 0, "jonas.weiss")
    _tool(world, HOSTS["k8s-7"], 66, "/usr/bin/strace", "-p", "912")
    # redis-cli is known from the store's own host, where it is used from the first days on.
    for day in (2, 38, 74):
        _tool(world, HOSTS["cache-2"], day, "/usr/bin/redis-cli", "ping")
    _tool(world, HOSTS["app-5"], 75, "/usr/bin/redis-cli", "-h", "cache-1", "ping")


def _tool(world: World, host: Host, day: int, *argv: str) -> Run:
    """Let the host's administrator use a tool by hand."""
    at = START + day * DAY + 11 * HOUR + len(host.name) * MINUTE
    server = people.log_in(world, host, at, host.admin, source=people.BASTION.ip)
    own = people.shell(world, server, at + 1_200, host.admin)
    return people.type_in(world, own, at + 30_000, *argv)
