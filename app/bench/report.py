"""What was measured, said to people: figures, aims, and whether they are met."""

from typing import Any

from rich.console import Console
from rich.text import Text

from app.bench import detection, ingest, latency, memory


def show_ingest(out: Console, found: dict[str, Any]) -> None:
    """Print rates and ratios."""
    out.print(f"{found['events']} events, {len(found['rounds'])} rounds, each on fresh databases: {_where(found)}")
    out.print(f"{'pipeline':<14}{found['events_per_second']:>10,.0f} events/s, alerts evaluated")
    for who, aim in ingest.AIMS.items():
        ratio = found["ratios"][who]
        line = f"{who:<14}{found['references'][who]:>10,.0f} events/s; pipeline {ratio:.2f} ×, aim ≥ {aim} "
        out.print(Text(line) + mark(ratio >= aim))


def show_latency(out: Console, found: dict[str, Any]) -> None:
    """Print percentiles."""
    out.print(
        f"{found['alerts']} alerts in {found['seconds']:g} s at {found['events_per_second']:,.0f} events/s, half of "
        f"{found['highest_events_per_second']:,.0f}: {_where(found)}"
    )
    out.print(f"p50 {found['p50']:.2f} s, max {found['max']:.2f} s")
    line = f"p95 {found['p95']:.2f} s, aim ≤ {latency.MOST_SECONDS:g} s "
    out.print(Text(line) + mark(found["p95"] <= latency.MOST_SECONDS))


def show_memory(out: Console, found: dict[str, Any]) -> None:
    """Print sizes and growth."""
    out.print(f"{found['events']} events in {found['seconds']:,.0f} s: {_where(found)}")
    line = f"peak {found['peak_mb']:.0f} MB, aim ≤ {memory.MOST_MB:.0f} MB "
    out.print(Text(line) + mark(found["peak_mb"] <= memory.MOST_MB))
    line = f"last quarter {found['growth']:.3f} × the second, aim ≤ {memory.FLAT} "
    out.print(Text(line) + mark(found["growth"] <= memory.FLAT))


def show_detection(out: Console, found: dict[str, Any]) -> None:
    """Print the cost at both sizes."""
    (small, large), (fast, slow) = found["stored_events"], found["seconds"]
    out.print(f"{found['batches']} batches of {found['new_events']} events: {_where(found)}")
    out.print(f"on {small} stored events {fast:.3f} s, on {large} {slow:.3f} s")
    line = f"ratio {found['ratio']:.2f} ×, aim ≤ {detection.MOST} "
    out.print(Text(line) + mark(found["ratio"] <= detection.MOST))


def mark(met: bool) -> Text:
    """Return the sign of an aim that is met, or is not."""
    return Text("✓", "green") if met else Text("✗", "red")


def _where(found: dict[str, Any]) -> str:
    settings = found["settings"]
    java = " ".join(settings["java"])
    return f"Neo4j with {java} and {settings['heap_mb']} MB heap on {settings['cores']} cores"
