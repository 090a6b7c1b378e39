"""What the API counts, for Prometheus.

Every label is bounded: view names are files, codes an enumeration, and of the names that callers give
their operations only the first fifty are told apart.
"""

import re

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_MOST_NAMES = 50
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class ApiMetrics:
    """Counters of one app, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "polygraph_api_requests_total",
            "GraphQL operations, and events of subscriptions, by outcome.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "polygraph_api_request_seconds",
            "Time to answer a GraphQL operation.",
            ("operation",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._statements = Histogram(
            "polygraph_api_statement_seconds",
            "Time of the statement behind a view.",
            ("view",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "polygraph_api_refused_total",
            "Requests refused before GraphQL was reached.",
            ("code",),
            registry=self._registry,
        )
        self.subscriptions = Gauge(
            "polygraph_api_subscriptions", "Subscriptions that are open.", registry=self._registry
        )
        self._names: set[str] = set()

    def request(self, operation: str | None, status: str, seconds: float) -> None:
        """Count an answer."""
        name = self._bounded(operation)
        self._requests.labels(name, status).inc()
        self._seconds.labels(name).observe(seconds)

    def statement(self, view: str, seconds: float) -> None:
        """Count a statement."""
        self._statements.labels(view).observe(seconds)

    def refused(self, code: str) -> None:
        """Count a request that was refused."""
        self._refused.labels(code).inc()

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def _bounded(self, operation: str | None) -> str:
        if operation is None:
            return "anonymous"
        if operation not in self._names:
            if len(self._names) >= _MOST_NAMES or not _NAME.fullmatch(operation):
                return "other"
            self._names.add(operation)
        return operation
