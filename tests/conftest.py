"""Where tests get real databases from.

In this order: servers named by POLYGRAPH_NEO4J_URI and POLYGRAPH_REDIS_URL; with `--containers`, official
images through a Docker engine; else one local stack for the whole session, started when first asked for.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from app import migrate, queries, schema
from app.detect import Detector, Tuning
from app.graph import Graph
from app.local import Endpoints, LocalStack, default_cache
from app.project import Naming
from app.queries import Queries
from app.schema import Schema
from app.writer import Writer

# The same examples here and in CI; `--hypothesis-profile=deep` looks for new ones, for as long as it takes.
settings.register_profile("quick", max_examples=100, derandomize=True)
settings.register_profile("deep", max_examples=4000, print_blob=True)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--containers", action="store_true", help="run databases in containers (needs Docker)")
    parser.addoption("--accept", action="store_true", help="rewrite goldens; look at the diff before you commit it")


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether goldens are to be rewritten instead of compared."""
    return bool(request.config.getoption("--accept"))


@pytest.fixture(scope="session")
def jar_cache() -> Path:
    """The user's own cache, so that jars are fetched once and not once a run."""
    return default_cache(os.environ)


@pytest.fixture(scope="session")
def endpoints(request: pytest.FixtureRequest) -> Iterator[Endpoints]:
    """A Neo4j and a Redis of this session's; whoever writes cleans up."""
    graph, stream = os.environ.get("POLYGRAPH_NEO4J_URI"), os.environ.get("POLYGRAPH_REDIS_URL")
    if graph and stream:
        user = os.environ.get("POLYGRAPH_NEO4J_USER", "neo4j")
        yield Endpoints(graph, user, os.environ.get("POLYGRAPH_NEO4J_PASSWORD", ""), stream)
    elif request.config.getoption("--containers"):
        yield from _in_containers()
    else:
        yield from _on_this_machine(request)


def _on_this_machine(request: pytest.FixtureRequest) -> Iterator[Endpoints]:
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    stack = LocalStack(factory.mktemp("local stack"), cache=request.getfixturevalue("jar_cache"))
    yield stack.up(owner_pid=os.getpid())
    stack.down(delete=True)


def _in_containers() -> Iterator[Endpoints]:
    from testcontainers.community.neo4j import Neo4jContainer
    from testcontainers.community.redis import RedisContainer

    import docker

    try:
        docker.from_env().ping()
    except docker.errors.DockerException as error:
        pytest.skip(f"--containers needs a Docker engine that answers: {error}")
    password = secrets.token_urlsafe(24)
    graph = Neo4jContainer("neo4j:5.26-community", username="neo4j", password=password)
    stream = RedisContainer("redis:7", password=password)
    with graph, stream:
        address = f"{stream.get_container_host_ip()}:{stream.get_exposed_port(6379)}"
        yield Endpoints(graph.get_connection_url(), "neo4j", password, f"redis://:{password}@{address}/0")


@pytest.fixture(scope="session")
def declared() -> Schema:
    """The graph schema."""
    return schema.load()


@pytest.fixture(scope="session")
def asked() -> Queries:
    """Every query file."""
    return queries.load()


@pytest.fixture(scope="session")
def database(endpoints: Endpoints, declared: Schema) -> Iterator[Graph]:
    """The session's Neo4j with its constraints and indexes; emptied at the end."""
    with Graph(endpoints.neo4j_uri, endpoints.neo4j_user, endpoints.neo4j_password) as opened:
        if opened.read("MATCH (node) WHERE NOT node:Token RETURN 1 AS one LIMIT 1"):
            pytest.exit("the Neo4j given to the tests holds data, and tests delete all they find: empty it first", 2)
        migrate.ensure(opened, declared)
        yield opened
        empty(opened)


@pytest.fixture
def graph(database: Graph) -> Graph:
    """An empty graph, ready to be written."""
    empty(database)
    return database


@pytest.fixture
def wipe(graph: Graph) -> Callable[[], None]:
    """What empties the graph again in the middle of a test."""
    return partial(empty, graph)


@pytest.fixture
def writer(graph: Graph, declared: Schema, asked: Queries) -> Writer:
    """A writer into the empty graph."""
    return Writer(graph, declared, asked, Naming())


@pytest.fixture
def detector(graph: Graph, declared: Schema, asked: Queries) -> Detector:
    """A detector on the same graph, without learning and retention."""
    return Detector(graph, declared, asked, Tuning(learning=0), now=lambda: 0)


def empty(graph: Graph) -> None:
    """Delete everything but constraints and indexes."""
    graph.command("MATCH (node) CALL (node) { DETACH DELETE node } IN TRANSACTIONS OF 5000 ROWS")
