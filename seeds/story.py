"""The gs-netcat insider, told on top of ordinary life, and the six variants that change one thing each.

What happened is written here minute by minute; what ought to be raised for it stands, reasoned by hand,
in `expected/`. Nothing in the engine knows this module.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seeds import people
from seeds.chronicle import Run
from seeds.deployment import (
    CONTRACTOR,
    DAY,
    HOSTS,
    HOUR,
    MINUTE,
    SITES,
    STORY_DAY,
    STORY_HOST,
    Site,
    Workload,
)
from seeds.world import World

HASH = "362b700c68ff2dc5c4188d32096b9c3d0f61073b9758cf25ab068b095460b9f9"
TOOL = "/usr/local/bin/gs-netcat"
SHELL = "/usr/bin/zsh"
FIRST_CONTACT = "91.107.224.63"
RELAY = Site("l.gs.thc.org", ("159.89.19.204",), 7350)
ROLLED_OUT = Workload(
    "rates-sync", "registry.larkfield.example:5000/rates-sync", ("1.0.0",),
    ("/app/rates-syncd", "--listen", ":8090"), "/app/rates-syncd",
)  # fmt: skip
FEED = Site("feed.marketpulse.example", ("138.201.77.18",))
HOST = HOSTS[STORY_HOST]


@dataclass(frozen=True, slots=True)
class Story:
    """One telling: what it is about, when it begins, and what happens in it."""

    name: str
    title: str
    about: str
    tell: Callable[[World], None]
    begins: int = STORY_DAY + 18 * HOUR + 49 * MINUTE
    shuffled: bool = False
    indicators_last: bool = False

    @property
    def first_day(self) -> int:
        """Return the midnight from which on raw logs are those of the story, not of the past."""
        return self.begins - self.begins % DAY


def clock(hour: int, minute: int, second: float = 0.0, *, days_before: int = 0) -> int:
    """Return a moment (UTC) of the day of the story, or of a day before it."""
    return STORY_DAY - days_before * DAY + hour * HOUR + minute * MINUTE + int(second * 1000)


def come_in(world: World, at: int) -> Run:
    """Bring the contractor in as always: home, bastion, payments database; return his shell."""
    people.pass_bastion(world, at, CONTRACTOR, [HOST])
    return people.contract(world, HOST, at + 11_300, 0)


def run_new_shell(world: World, shell: Run, at: int) -> Run:
    """Fact 1: zsh runs, never seen in the deployment before."""
    return world.chronicle.run(shell, at, "zsh", binary=SHELL)


def run_tool(world: World, shell: Run, at: int) -> Run:
    """Fact 2: gs-netcat runs, as root; he has never been root here before."""
    argv = ("gs-netcat", "-l", "-i", "-s", "k3Tq9vXw2LbZ7e")
    return people.sudo(world, shell, at, *argv, binary=TOOL)


def call_out(world: World, tool: Run, at: int) -> None:
    """Fact 3: gs-netcat tries an address outside on port 80, twice, as it does after 15 s."""
    world.connect(tool, at, FIRST_CONTACT, 80)
    world.connect(tool, at + 16_200, FIRST_CONTACT, 80)


def reach_relay(world: World, tool: Run, at: int) -> None:
    """Fact 4: gs-netcat looks its relay up and connects to it on port 7350."""
    world.look_up(tool, at, RELAY.domain, RELAY.addresses)
    world.connect(tool, at + 130, RELAY.addresses[0], RELAY.port)


def hash_file(world: World, at: int) -> None:
    """Fact 5: file integrity monitoring hashes the tool; threat intelligence knows the content."""
    world.chronicle.add(at, "file_hashed", HOST, path=TOOL, sha256=HASH)


def tell(world: World) -> None:
    """Tell the story as it was."""
    shell = come_in(world, clock(18, 49, 10))
    zsh = run_new_shell(world, shell, clock(19, 0, 22.418))
    people.upload(world, HOST, clock(19, 4, 31), TOOL)
    tool = run_tool(world, zsh, clock(19, 8, 47.226))
    call_out(world, tool, clock(19, 13, 20.75))
    reach_relay(world, tool, clock(19, 21, 8.4))
    hash_file(world, clock(19, 40, 12))
    people.end(world, zsh, clock(20, 16, 3))
    people.end(world, shell, clock(20, 16, 5))


def _with_known_shell(world: World) -> None:
    """Variant 1: an administrator tried zsh on another host last month."""
    host = HOSTS["k8s-4"]
    at = clock(13, 20, days_before=33)
    server = people.log_in(world, host, at, host.admin, source=people.BASTION.ip)
    zsh = run_new_shell(world, people.shell(world, server, at + 1_200, host.admin), at + 40_000)
    people.sudo(world, zsh, at + 95_000, "/usr/bin/systemctl", "status")
    tell(world)


def _on_five_hosts(world: World) -> None:
    """Variant 2: each fact on a host of its own, by another program."""
    run_new_shell(world, come_in(world, clock(18, 49, 10)), clock(19, 0, 22.418))
    host = HOSTS["app-7"]
    server = people.log_in(world, host, clock(19, 6, 2), host.admin, source=people.BASTION.ip)
    shell = people.shell(world, server, clock(19, 6, 3.4), host.admin)
    people.type_in(world, shell, clock(19, 8, 47.226), "/usr/bin/ncdu", "/var")
    orders = world.daemon(HOSTS["app-2"], "orders", clock(19, 13))
    call_out(world, orders, clock(19, 13, 20.75))
    # The name answers with an address that the probe knows: the name alone is new.
    probe = world.daemon(HOSTS["mon-1"], "blackbox", clock(19, 21))
    known = SITES["cdn"].addresses[0]
    world.look_up(probe, clock(19, 21, 8.4), RELAY.domain, (known,))
    world.connect(probe, clock(19, 21, 8.53), known, RELAY.port)
    world.chronicle.add(
        clock(19, 40, 12), "file_hashed", HOSTS["k8s-9"], path="/usr/local/bin/node_exporter", sha256=HASH
    )


def _days_apart(world: World) -> None:
    """Variant 3: the same on one host, two days between one fact and the next."""
    shell = come_in(world, clock(18, 49, 10, days_before=8))
    zsh = run_new_shell(world, shell, clock(19, 0, 22.418, days_before=8))
    people.end(world, zsh, clock(19, 31, 0, days_before=8))
    shell = come_in(world, clock(18, 57, 10, days_before=6))
    people.upload(world, HOST, clock(19, 4, 31, days_before=6), TOOL)
    tool = run_tool(world, shell, clock(19, 8, 47.226, days_before=6))
    call_out(world, tool, clock(19, 13, 20.75, days_before=4))
    reach_relay(world, tool, clock(19, 21, 8.4, days_before=2))
    hash_file(world, clock(19, 40, 12))


def _rolled_out(world: World) -> None:
    """Variant 4: the pipeline brings a new image to forty hosts, and it calls home to a new name."""
    hosts = [host for host in HOSTS.values() if host.runs_containers]
    hosts.sort(key=lambda host: (host.role != "k8s", host.role != "app"))
    for place, host in enumerate(hosts):
        at = clock(19, 0, 22.418) + place * MINUTE
        run = world.start_container(host, ROLLED_OUT, at, fetch=True)
        world.contact(run, at + 6_000, FEED, turn=0)


def _with_late_record(world: World) -> None:
    """Variant 6: afterwards a record turns up that shows gs-netcat elsewhere a month ago."""
    tell(world)
    host = HOSTS["web-2"]
    shell = world.chronicle.run(
        world.daemon(host, "sshd", clock(14, 5, days_before=31)), clock(14, 5, days_before=31),
        "-bash", binary="/usr/bin/bash", uid=2002, login=2002, session=7, cwd="/home/omar.haddad",
    )  # fmt: skip
    world.chronicle.run(shell, clock(14, 7, 31, days_before=31), "gs-netcat", "-h", binary=TOOL)
    # His shell was recorded as well as the tool: both records were held back by the host's shipper.
    for seen in world.chronicle.seen[-2:]:
        seen.late = True


_ABOUT = (
    "A contractor comes in by SSH, starts an unknown shell and, as root, an encrypted tunnel. Five weak "
    "alerts on one host become one composite alert within the hour."
)
STORIES = {
    story.name: story
    for story in (
        Story("gs_netcat", "The gs-netcat insider", _ABOUT, tell),
        Story(
            "gs_netcat_1_zsh_known", "The insider, with a shell that is known",
            "zsh has run on another host last month: no new-application alert for it; the composite still "
            "fires, with a lower score.", _with_known_shell,
        ),
        Story(
            "gs_netcat_2_five_hosts", "Five facts on five hosts",
            "The five facts happen on five hosts, each by another program: five weak alerts, no composite.",
            _on_five_hosts,
        ),
        Story(
            "gs_netcat_3_days_apart", "Five facts, days apart",
            "The five facts happen on one host, two days between each and the next: no composite; the "
            "investigation lapses in between and says so.",
            _days_apart, begins=clock(18, 49, days_before=8),
        ),
        Story(
            "gs_netcat_4_rollout", "A new image on forty hosts",
            "The pipeline rolls out a new image that contacts a new address and a new name: weak alerts "
            "summed up, no composite.",
            _rolled_out, begins=clock(19, 0),
        ),
        Story(
            "gs_netcat_5_shuffled_late_indicator", "The insider, out of order",
            "The day's records arrive shuffled and the indicator two hours after the story: the same "
            "composite, later.", tell, shuffled=True, indicators_last=True,
        ),
        Story(
            "gs_netcat_6_late_record", "The insider, and a late record",
            "A late record shows gs-netcat on another host a month ago: its new-application alert is "
            "withdrawn, with the reason; the composite is looked at again.", _with_late_record,
        ),
        Story(
            "benign", "An ordinary day",
            "Ordinary life alone: weak alerts now and then, no early warning and no composite.",
            lambda world: None,
        ),
    )
}  # fmt: skip
