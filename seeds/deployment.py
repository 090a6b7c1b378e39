"""The cast: the hosts, people, programs, addresses and names of an invented deployment.

Data only; upstream of everything else in `seeds`. Nobody here exists: companies and their domains end
in `.example`, and outside addresses were picked from routable space without regard to who holds them.
"""

from dataclasses import dataclass
from typing import Literal

Sensor = Literal["tetragon", "auditd"]

DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000
START = 1_773_360_000_000
"""2026-03-13T00:00:00Z: 95 days before the day of the story."""
STORY_DAY = START + 95 * DAY
"""2026-06-16T00:00:00Z, a Tuesday; 15:00 US Eastern is 19:00 UTC."""
END = STORY_DAY + 21 * HOUR + 45 * MINUTE
"""Ordinary life goes on for two hours after the story."""

UIDS = {
    "root": 0, "www-data": 33, "postgres": 113, "redis": 114, "_chrony": 115, "kafka": 990,
    "prometheus": 991, "grafana": 992, "opensearch": 993, "gitlab-runner": 994, "node-exp": 998,
    "nonroot": 65532, "lena.brandt": 2001, "omar.haddad": 2002, "priya.nair": 2003, "jonas.weiss": 2004,
    "tkessler": 2107,
}  # fmt: skip
"""The same number means the same account everywhere; people are 2000 and up, the contractor 2107."""
ADMINS = ("lena.brandt", "omar.haddad", "priya.nair", "jonas.weiss")
CONTRACTOR = "tkessler"

HOME_ADDRESSES = {
    "lena.brandt": "84.158.33.71", "omar.haddad": "91.64.12.205", "priya.nair": "78.94.201.17",
    "jonas.weiss": "217.86.140.9", "tkessler": "109.41.66.128",
}  # fmt: skip
"""Where people log in to the bastion from."""


@dataclass(frozen=True, slots=True)
class Host:
    """One machine and what it is for."""

    name: str
    ip: str
    role: str
    sensor: Sensor
    runs_containers: bool
    admin: str

    @property
    def is_kubernetes(self) -> bool:
        """Say whether containers here are pods, which Tetragon then describes with their image."""
        return self.role == "k8s"


@dataclass(frozen=True, slots=True)
class Service:
    """A daemon that runs from boot on."""

    name: str
    argv: tuple[str, ...]
    user: str = "root"
    port: int | None = None
    binary: str | None = None

    @property
    def executable(self) -> str:
        """Return the executable's path, which is the first argument unless said otherwise."""
        return self.binary or self.argv[0]


@dataclass(frozen=True, slots=True)
class Workload:
    """An application that the pipeline rolls out as a container."""

    name: str
    image: str
    versions: tuple[str, ...]
    argv: tuple[str, ...]
    binary: str
    site: str | None = None
    backend: str | None = None
    """The host that it keeps its data on, and the port there."""
    backend_port: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """A name outside, what it resolves to and the port that is used."""

    domain: str
    addresses: tuple[str, ...]
    port: int = 443


SITES = {
    "logs": Site("intake.logharbour.example", ("52.59.118.41", "3.121.206.77")),
    "debian": Site("ftp.de.debian.org", ("151.101.86.132", "199.232.18.132"), 80),
    "backup": Site("larkfield-backup.s3.eu-central-1.amazonaws.com", ("52.219.47.90", "3.5.136.18")),
    "payments": Site("api.paygate.example", ("35.158.22.140", "18.197.61.209")),
    "rates": Site("fx.ratewire.example", ("193.108.91.27",)),
    "mail": Site("smtp.postbridge.example", ("167.89.115.64", "167.89.118.28"), 587),
    "hooks": Site("hooks.teamroom.example", ("44.226.81.13",)),
    "registry": Site("registry-1.docker.io", ("54.227.20.253", "44.205.64.79")),
    "git": Site("github.com", ("140.82.121.4", "140.82.121.3")),
    "status": Site("status.parcelhub.example", ("104.198.14.52",)),
    "cdn": Site("assets.quickserve.example", ("143.204.98.37",)),
}

_SERVICES_EVERYWHERE = (
    Service("sshd", ("/usr/sbin/sshd", "-D"), port=22),
    Service("cron", ("/usr/sbin/cron", "-f")),
    Service("chronyd", ("/usr/sbin/chronyd", "-F", "1"), user="_chrony"),
    Service("rsyslogd", ("/usr/sbin/rsyslogd", "-n", "-iNONE")),
    Service("node_exporter", ("/usr/local/bin/node_exporter",), user="node-exp", port=9100),
    Service("fluent-bit", ("/opt/fluent-bit/bin/fluent-bit", "-c", "/etc/fluent-bit/fluent-bit.conf")),
)
CONTAINERD = Service("containerd", ("/usr/bin/containerd",))
_JAVA = "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"
_POSTGRES = "/usr/lib/postgresql/15/bin/postgres"
_SERVICES = {
    "web": (
        Service("nginx", ("/usr/sbin/nginx", "-g", "daemon off;"), port=443),
        Service("php-fpm", ("/usr/sbin/php-fpm8.2", "--nodaemonize"), user="www-data", port=9000),
    ),
    "k8s": (Service("kubelet", ("/usr/bin/kubelet", "--config=/var/lib/kubelet/config.yaml"), port=10250),),
    "db": (
        Service("postgres", (_POSTGRES, "-D", "/var/lib/postgresql/15/main"), user="postgres", port=5432),
    ),
    "cache": (Service("redis", ("/usr/bin/redis-server", "*:6379"), user="redis", port=6379),),
    "mq": (
        Service(
            "kafka",
            ("java", "-Xmx2g", "-cp", "/opt/kafka/libs/*", "kafka.Kafka", "/etc/kafka/server.properties"),
            user="kafka", port=9092, binary=_JAVA,
        ),
    ),
    "ci": (Service("gitlab-runner", ("/usr/bin/gitlab-runner", "run"), user="gitlab-runner"),),
    "log": (
        Service(
            "opensearch",
            ("java", "-Xmx4g", "-cp", "/usr/share/opensearch/lib/*", "org.opensearch.bootstrap.OpenSearch"),
            user="opensearch", port=9200, binary=_JAVA,
        ),
        Service("vector", ("/usr/bin/vector", "--config", "/etc/vector/vector.yaml"), port=6000),
    ),
    "mon": (
        Service("prometheus", ("/usr/local/bin/prometheus",), user="prometheus", port=9090),
        Service("blackbox", ("/usr/local/bin/blackbox_exporter",), user="prometheus", port=9115),
        Service("grafana", ("/usr/share/grafana/bin/grafana", "server"), user="grafana", port=3000),
    ),
}  # fmt: skip

_REGISTRY = "registry.larkfield.example:5000"
WORKLOADS = {
    load.name: load
    for load in (
        Workload(
            "otel", "docker.io/otel/opentelemetry-collector-contrib", ("0.98.0", "0.101.0"),
            ("/otelcol-contrib", "--config", "/etc/otelcol-contrib/config.yaml"), "/otelcol-contrib",
            backend="log-1", backend_port=4317,
        ),
        Workload(
            "orders", f"{_REGISTRY}/orders", ("1.14.0", "1.14.1", "1.15.0", "1.15.1", "1.16.0"),
            ("java", "-Xmx768m", "-jar", "/app/orders.jar"), "/opt/java/openjdk/bin/java",
            site="payments", backend="pay-db-1", backend_port=5432,
        ),
        Workload(
            "portal", f"{_REGISTRY}/portal", ("2026.3.1", "2026.4.0", "2026.4.1", "2026.5.0", "2026.6.0"),
            ("node", "/srv/portal/server.js"), "/usr/local/bin/node",
            site="hooks", backend="cache-1", backend_port=6379,
        ),
        Workload(
            "pricing", f"{_REGISTRY}/pricing", ("0.31.0", "0.32.0", "0.33.0", "0.33.1"),
            ("python3.11", "-m", "pricing.server"), "/usr/local/bin/python3.11",
            site="rates", backend="db-1", backend_port=5432,
        ),
        Workload(
            "catalog", f"{_REGISTRY}/catalog", ("5.0.2", "5.1.0", "5.1.1", "5.2.0"),
            ("java", "-cp", "/app/lib/*", "example.larkfield.catalog.Main"), "/opt/java/openjdk/bin/java",
            backend="mq-1", backend_port=9092,
        ),
        Workload(
            "mailer", f"{_REGISTRY}/mailer", ("3.7.0", "3.7.1", "3.8.0"),
            ("ruby", "/app/bin/mailer"), "/usr/local/bin/ruby",
            site="mail", backend="mq-2", backend_port=9092,
        ),
    )
}  # fmt: skip


def services_of(host: Host) -> tuple[Service, ...]:
    """Return the daemons of a host, in the order in which they start."""
    containers = (CONTAINERD,) if host.runs_containers else ()
    return _SERVICES_EVERYWHERE + containers + _SERVICES.get(host.role, ())


def workloads_of(host: Host) -> tuple[Workload, ...]:
    """Return the containers of a host."""
    if not host.runs_containers:
        return ()
    number = int(host.name.rsplit("-", 1)[1])
    own: tuple[str, ...] = ()
    if host.role == "app":
        own = (("orders", "portal", "pricing")[(number - 1) // 4],)
    elif host.role == "k8s":
        own = ("catalog", "mailer") if number % 2 else ("catalog",)
    return tuple(WORKLOADS[name] for name in ("otel", *own))


def _cast() -> tuple[Host, ...]:
    auditd = {"db-1", "db-2", "pay-db-2", "cache-1", "cache-2", "mq-1", "mq-2", "log-1", "log-2", "web-5",
              "web-6", "app-11", "app-12", "ci-2"}  # fmt: skip
    without_containers = {"pay-db-1", "pay-db-2", "bastion-1", "mon-1"}
    crowd = (("web", 6), ("app", 12), ("k8s", 12), ("db", 2), ("cache", 2), ("mq", 2), ("ci", 2),
             ("log", 2), ("mon", 1), ("bastion", 1))  # fmt: skip
    names = [(f"{role}-{n}", role) for role, count in crowd for n in range(1, count + 1)]
    names[32:32] = [("pay-db-1", "db"), ("pay-db-2", "db")]
    return tuple(
        Host(
            name=name,
            ip=f"10.20.{1 + place // 16}.{10 + place % 16}",
            role=role,
            sensor="auditd" if name in auditd else "tetragon",
            runs_containers=name not in without_containers,
            admin=ADMINS[place % len(ADMINS)],
        )
        for place, (name, role) in enumerate(names)
    )


HOSTS: dict[str, Host] = {host.name: host for host in _cast()}
"""44 hosts: 30 watched by Tetragon, 14 by auditd; 40 of them run containers."""
STORY_HOST = "pay-db-1"
"""The critical host of the story: the payments database."""
_PROVIDERS = (
    (24, 61), (47, 147), (62, 155), (68, 33), (71, 190), (77, 11), (79, 204), (80, 187), (86, 130), (93, 205),
    (98, 207), (101, 53), (116, 87), (134, 101), (151, 38), (176, 199),
)  # fmt: skip
WEB_CLIENTS = tuple(
    f"{first}.{second}.{7 + 11 * n % 240}.{20 + 37 * n % 200}" for n, (first, second) in enumerate(_PROVIDERS)
)
"""Clients that come back again and again."""
