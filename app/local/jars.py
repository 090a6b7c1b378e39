"""Neo4j's jars: fetched once by coordinate, checked against the lock before every start.

First step of `up`. `neo4j.lock`, beside this module, is the whole truth of what may run: a SHA-256 and a
coordinate a line, no addresses. `jgo` knows where jars are to be had; it is asked only for those that the
cache lacks, so a machine without a network starts what it once fetched. `make lock` makes the lock anew.
"""

import fcntl
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.errors import LocalStackError

COORDINATE = "org.neo4j:neo4j:5.26.30"
VERSION = COORDINATE.rpartition(":")[2]
LOCK = Path(__file__).with_name("neo4j.lock")

_AT_ONCE = 8
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar of the lock."""

    sha256: str
    group: str
    artifact: str
    version: str
    classifier: str

    @property
    def name(self) -> str:
        """Return its file name, which is unique in the lock."""
        return "-".join(filter(None, (self.artifact, self.version, self.classifier))) + ".jar"

    @property
    def coordinate(self) -> str:
        """Return what jgo knows it by."""
        return ":".join(filter(None, (self.group, self.artifact, self.version, self.classifier)))


def default_cache(env: Mapping[str, str]) -> Path:
    """Return the folder that all stacks of a user share."""
    return Path(env.get("XDG_CACHE_HOME") or Path(env.get("HOME") or Path.home()) / ".cache") / "polygraph"


def locked() -> tuple[Jar, ...]:
    """Read the lock."""
    jars = []
    for line in LOCK.read_text().splitlines():
        if line and not line.startswith("#"):
            sha256, coordinate = line.split()
            group, artifact, version, *classifier = coordinate.split(":")
            jars.append(Jar(sha256, group, artifact, version, "".join(classifier)))
    return tuple(jars)


def ready(cache: Path, progress: Callable[[str], None]) -> tuple[Path, ...]:
    """Return the jars of the lock, each just compared with its SHA-256; what is missing is fetched."""
    jars = locked()
    folder = cache / f"neo4j-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(not (folder / jar.name).exists() for jar in jars):
        with _only_one(folder):
            # Another stack may have fetched them while this one waited.
            missing = [jar for jar in jars if not (folder / jar.name).exists()]
            if missing:
                _fetch(missing, folder, progress)
    with ThreadPoolExecutor(2) as pool:  # hashing lets go of the interpreter's lock
        hashes = pool.map(_sha256, [folder / jar.name for jar in jars])
        for jar, sha256 in zip(jars, hashes, strict=True):
            if sha256 != jar.sha256:
                raise LocalStackError(
                    f"{jar.name} is not what neo4j.lock says and is not run: "
                    f"delete {folder / jar.name} and start again to fetch it anew"
                )
    return tuple(folder / jar.name for jar in jars)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let one process at a time fetch into `folder`."""
    with (folder / ".fetching").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(jars: list[Jar], folder: Path, progress: Callable[[str], None]) -> None:
    """Fetch jars side by side; each is moved to its place once it is whole and the one of the lock."""
    for left in folder.glob(".fetching-*"):
        shutil.rmtree(left)  # by one that was killed
    with TemporaryDirectory(dir=folder, prefix=".fetching-") as draft, ThreadPoolExecutor(_AT_ONCE) as pool:
        told = 0.0
        tasks = {pool.submit(_fetch_one, jar, Path(draft) / jar.name): jar for jar in jars}
        try:
            for done, task in enumerate(as_completed(tasks), start=1):
                jar, path = tasks[task], task.result()
                if _sha256(path) != jar.sha256:
                    raise LocalStackError(f"{jar.name} came, but is not what neo4j.lock says; it is not kept")
                path.replace(folder / jar.name)
                if done == len(jars) or time.monotonic() - told >= 1:
                    progress(f"fetching Neo4j {VERSION}: {done} of {len(jars)} jars")
                    told = time.monotonic()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(jar: Jar, repository: Path) -> Path:
    """Fetch a jar through jgo; what fails for the moment is tried again."""
    # Imported here because only the first start of a machine needs it, and it takes a tenth of a second.
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    # A mirror that the user set up for jgo comes first; the lock decides what is accepted from it.
    sources = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    for attempt in range(1, _TRIES + 1):
        context = MavenContext(repo_cache=repository / str(attempt), remote_repos=sources)
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            return component.artifact(classifier=jar.classifier, packaging="jar").resolve()
        except (OSError, RuntimeError, ValueError, AssertionError) as error:
            if attempt == _TRIES:
                raise LocalStackError(
                    f"cannot fetch {jar.name}: the first start needs the network ({type(error).__name__})"
                ) from error
            time.sleep(attempt)
    raise AssertionError("unreachable")


def write_lock() -> None:
    """Make the lock anew; for `make lock`."""
    LOCK.write_text("".join(f"{line}\n" for line in _resolved()))


def _resolved() -> Iterator[str]:
    """Yield the lines of a new lock: what jgo resolves today, hashed."""
    import jgo

    yield f"# Generated by `make lock`: all that {COORDINATE} needs, as SHA-256 and coordinate."
    jars = [
        Jar("", found.groupId, found.artifactId, found.version, found.classifier or "")
        for found in jgo.resolve(COORDINATE)
    ]
    names = [jar.name for jar in jars]
    if len(set(names)) != len(names):
        raise LocalStackError("two jars have one name: the cache needs a folder for each group")
    with TemporaryDirectory() as draft, ThreadPoolExecutor(_AT_ONCE) as pool:
        paths = pool.map(lambda jar: _fetch_one(jar, Path(draft) / jar.name), jars)
        yield from sorted(
            (f"{_sha256(path)}  {jar.coordinate}" for jar, path in zip(jars, paths, strict=True)),
            key=lambda line: line.split()[1],
        )
