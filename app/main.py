"""The one place where things are built and wired.

Everything above takes what it needs as arguments; here settings become a graph, a stream, a writer, a
detector. Builds nothing at import time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app import queries, schema
from app.config import Settings
from app.detect import Detector, Tuning
from app.errors import ConfigError
from app.graph import Graph
from app.ingest import Ingest
from app.mask import Masker
from app.metrics import Metrics
from app.novelty import DAY
from app.project import Naming
from app.queries import Queries
from app.schema import Schema
from app.stream import Lease, Stream
from app.writer import Writer


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a worker or a command may use. Built once."""

    settings: Settings
    graph: Graph
    stream: Stream
    schema: Schema
    queries: Queries
    metrics: Metrics
    now: Callable[[], int]


def now() -> int:
    """Return the wall clock, epoch milliseconds UTC."""
    return time.time_ns() // 1_000_000


@contextmanager
def services(settings: Settings) -> Iterator[Services]:
    """Connect to Neo4j and Redis; raises ConfigError, GraphUnavailable or StreamUnavailable."""
    graph = open_graph(settings)
    try:
        stream = open_stream(settings)
        try:
            yield Services(settings, graph, stream, schema.load(), queries.load(), Metrics(), now)
        finally:
            stream.close()
    finally:
        graph.close()


def open_graph(settings: Settings) -> Graph:
    """Connect to Neo4j; raises ConfigError when it is not said where it is."""
    if settings.neo4j_uri is None:
        raise ConfigError("no Neo4j: run `polygraph local up`, or set POLYGRAPH_NEO4J_URI and POLYGRAPH_NEO4J_PASSWORD")
    password = settings.neo4j_password.get_secret_value() if settings.neo4j_password else ""
    graph = Graph(settings.neo4j_uri, settings.neo4j_user, password)
    graph.verify()
    return graph


def open_stream(settings: Settings) -> Stream:
    """Connect to Redis; raises ConfigError when it is not said where it is."""
    if settings.redis_url is None:
        raise ConfigError("no Redis: run `polygraph local up`, or set POLYGRAPH_REDIS_URL")
    return Stream(
        settings.redis_url,
        settings.redis_prefix,
        partitions=settings.partitions,
        backlog=settings.backlog,
        claim_ms=settings.claim_ms,
    )


def writer(given: Services) -> Writer:
    """Return what stores events."""
    naming = Naming(given.settings.shared_directory, given.settings.networks)
    return Writer(given.graph, given.schema, given.queries, naming)


def detector(given: Services, lease: Lease) -> Detector:
    """Return what makes alerts, fenced by the lease."""
    settings = given.settings
    tuning = Tuning(
        learning=settings.learning,
        retention=settings.retention_days * DAY or None,
        daily_cap=settings.daily_cap,
    )
    return Detector(given.graph, given.schema, given.queries, tuning, given.now, lease.check)


def masker(given: Services) -> Masker:
    """Return what masks secrets, under the deployment's key."""
    key = given.settings.mask_key
    return Masker(key.get_secret_value().encode() if key else given.stream.mask_key())


def ingest(given: Services, *, waits: bool) -> Ingest:
    """Return what takes records in; with `waits` it waits where the backlog is full."""
    return Ingest(
        given.stream,
        masker(given),
        given.now,
        given.settings.future_tolerance_ms,
        sleep=time.sleep if waits else None,
        metrics=given.metrics,
    )
