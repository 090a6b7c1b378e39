"""What can be measured from outside, for Prometheus.

Built once and given to ingest, workers and detector. Labels are bounded: formats, event kinds and words of
ours, never a host, a name or anything else that a sensor may choose.
"""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from app.errors import ConfigError, PolygraphError
from app.stream import Standing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_EVENTS = (1, 5, 25, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 50_000)


class Metrics:
    """All counters, gauges and histograms of one process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.records = Counter(
            "polygraph_ingest_records_total",
            "Records read, by format and what became of them: taken, ignored or rejected.",
            ("format", "outcome"),
            registry=registry,
        )
        self.published = Counter("polygraph_ingest_events_total", "Events put on the stream.", registry=registry)
        self.back_pressure = Counter(
            "polygraph_ingest_back_pressure_total",
            "Times that ingest was told to wait because the backlog was full.",
            registry=registry,
        )
        self.written = Counter(
            "polygraph_events_written_total", "Events written to the graph.", ("kind",), registry=registry
        )
        self.batch_events = Histogram(
            "polygraph_batch_events", "Events of a batch.", buckets=_EVENTS, registry=registry
        )
        self.write_seconds = Histogram(
            "polygraph_write_seconds", "Seconds to write a batch.", buckets=_SECONDS, registry=registry
        )
        self.troubles = Counter(
            "polygraph_troubles_total",
            "Batches that did not succeed at once, by stage (write, detection, stream) and why.",
            ("stage", "why"),
            registry=registry,
        )
        self.dead_letters = Counter(
            "polygraph_dead_letters_total",
            "Dead letters written by this process.",
            ("format",),
            registry=registry,
        )
        self.redelivered = Counter(
            "polygraph_entries_redelivered_total",
            "Stream entries that another worker, or this one before a crash, had begun.",
            registry=registry,
        )
        self.lag_seconds = Gauge(
            "polygraph_event_lag_seconds",
            "Wall clock minus the newest event's time when last a batch was written.",
            registry=registry,
        )
        self.detecting = Gauge(
            "polygraph_detector_active", "1 while this process holds the detector's lease.", registry=registry
        )
        self.evaluated = Counter(
            "polygraph_hand_overs_evaluated_total",
            "Hand-overs from workers that were evaluated.",
            registry=registry,
        )
        self.detection_seconds = Histogram(
            "polygraph_detection_seconds", "Seconds to evaluate.", buckets=_SECONDS, registry=registry
        )
        self.changes = Counter(
            "polygraph_changes_total",
            "Alerts and investigations that detection changed.",
            ("what",),
            registry=registry,
        )
        # Memory, open files and processor time of this process; Linux only, elsewhere it measures nothing.
        ProcessCollector(registry=registry)

    def show_standing(self, ask: Callable[[], Standing]) -> None:
        """Have each scrape ask the stream how much lies there."""
        self.registry.register(_OfStream(ask))

    def serve(self, host: str, port: int) -> Callable[[], None]:
        """Show everything at `http://host:port/metrics`, beside whatever this process does; return what ends it.

        Raises ConfigError when the port is taken.
        """
        try:
            server, _ = start_http_server(port, host, self.registry)
        except OSError as error:
            raise ConfigError(f"metrics cannot be shown on {host}:{port}: {error}") from error
        return server.shutdown

    def text(self) -> bytes:
        """Return everything in Prometheus' text format (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)


class _OfStream(Collector):
    def __init__(self, ask: Callable[[], Standing]) -> None:
        self._ask = ask

    def describe(self) -> Iterator[GaugeMetricFamily]:
        # Without this, registering would already ask.
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("polygraph_stream_up", "1 while Redis answers.")
        try:
            standing = self._ask()
        except PolygraphError:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        for name, text, value in (
            ("polygraph_backlog_events", "Events that wait or are being written.", standing.events),
            ("polygraph_backlog_entries", "Stream entries that hold them.", standing.entries),
            ("polygraph_hand_overs_waiting", "Hand-overs that wait for detection.", standing.hand_overs),
            ("polygraph_dead_letters", "Dead letters that are kept.", standing.dead_letters),
        ):
            yield GaugeMetricFamily(name, text, value=value)
