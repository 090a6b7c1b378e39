"""The machines as they run: boots, daemons and containers, and who is there at a given moment.

Between the chronicle, which only collects, and the scenes, which need a parent for what they start.
"""

from bisect import insort
from collections.abc import Sequence
from hashlib import sha256

from seeds.chronicle import Chronicle, Container, Run
from seeds.deployment import (
    HOSTS,
    SITES,
    UIDS,
    Host,
    Site,
    Workload,
    services_of,
    workloads_of,
)

SHIM = "/usr/bin/containerd-shim-runc-v2"
_REGISTRY = Site("registry.larkfield.example", ("10.20.9.5",), 5000)


class World:
    """The chronicle, and who runs on each host."""

    def __init__(self) -> None:
        self.chronicle = Chronicle()
        self._there: dict[tuple[str, str], list[Run]] = {}
        self._versions: dict[str, list[tuple[int, str]]] = {}

    def fork(self) -> "World":
        """Return a world with the same past, on which another story can be told."""
        other = World()
        other.chronicle = self.chronicle.fork()
        other._there = {place: list(runs) for place, runs in self._there.items()}
        other._versions = dict(self._versions)
        return other

    def daemon(self, host: Host, name: str, at: int) -> Run:
        """Return the process of a service or a container that is there at `at`."""
        runs = self._there[host.name, name]
        for run in reversed(runs):
            if run.at < at:
                return run
        return runs[0]

    def _settle_in(self, host: Host, name: str, run: Run) -> None:
        insort(self._there.setdefault((host.name, name), []), run, key=lambda one: one.at)

    def boot(self, host: Host, at: int, *, first: bool) -> None:
        """Start a host with its services and containers; the first time, images are fetched as well."""
        systemd = self.chronicle.boot(host, at)
        moment = at + 4_000
        for service in services_of(host):
            moment += 730
            run = self.chronicle.run(systemd, moment, *service.argv, binary=service.executable, uid=UIDS[service.user])
            self._settle_in(host, service.name, run)
            if service.port is not None:
                self.chronicle.add(moment + 310, "port_listening", run, port=service.port)
        for load in workloads_of(host):
            moment += 9_000
            self.start_container(host, load, moment, fetch=first)

    def start_container(self, host: Host, load: Workload, at: int, *, fetch: bool) -> Run:
        """Start a container of the version that is current, and return its first process."""
        containerd = self.daemon(host, "containerd", at)
        if fetch:
            site = SITES["registry"] if load.image.startswith("docker.io") else _REGISTRY
            self.contact(containerd, at - 4_000, site, turn=at // 60_000)
        version = self.version(load, at)
        space = "k8s.io" if host.is_kubernetes else "default"
        container = Container(
            id=sha256(f"{host.name}/{load.name}/{at}".encode()).hexdigest(),
            image=f"{load.image}:{version}",
            name=f"{load.name}-{sha256(f'{load.name}/{version}'.encode()).hexdigest()[:9]}",
            started_at=at,
        )
        shim = self.chronicle.run(
            containerd, at, SHIM, "-namespace", space, "-id", container.id,
            "-address", "/run/containerd/containerd.sock",
        )  # fmt: skip
        self.chronicle.add(
            at + 260, "container_started", host,
            container=container.id, image=container.image, name=container.name, namespace=space,
        )  # fmt: skip
        run = self.chronicle.run(
            shim, at + 340, *load.argv, binary=load.binary, uid=UIDS["nonroot"], cwd="/app",
            container=container,
        )  # fmt: skip
        self._settle_in(host, load.name, run)
        return run

    def version(self, load: Workload, at: int) -> str:
        """Return the version that was last rolled out at `at`."""
        released = [version for since, version in self._versions.get(load.name, ()) if since <= at]
        return released[-1] if released else load.versions[0]

    def release(self, load: Workload, at: int, version: str) -> None:
        """Say that containers started from `at` on are of this version."""
        self._versions.setdefault(load.name, []).append((at, version))

    def contact(self, run: Run, at: int, site: Site, *, turn: int) -> None:
        """Look a name up and connect to one of its addresses, `turn` by turn."""
        self.look_up(run, at, site.domain, site.addresses)
        self.connect(run, at + 45, site.addresses[turn % len(site.addresses)], site.port)

    def look_up(self, run: Run, at: int, domain: str, answers: Sequence[str]) -> None:
        """Look a name up."""
        self.chronicle.add(at, "name_resolved", run, domain=domain, answers=tuple(answers))

    def connect(self, run: Run, at: int, address: str, port: int) -> None:
        """Open a connection from an ephemeral port."""
        self.chronicle.add(
            at, "connection_out", run,
            remote_ip=address, remote_port=port, local_ip=run.host.ip, local_port=32768 + at // 7 % 28000,
        )  # fmt: skip

    def connect_inside(self, run: Run, at: int, name: str, port: int) -> None:
        """Open a connection to another host of the deployment."""
        self.connect(run, at, HOSTS[name].ip, port)
