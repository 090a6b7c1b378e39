"""Raw sensor logs of an invented deployment: ordinary life, and the stories told on top of it.

Generated at run time, the same to the byte for the same name and scale. `names()` lists what there is,
`write()` puts one story's files and its `manifest.json` into a folder. See README.md.
"""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from io import StringIO
from pathlib import Path
from random import Random

import msgspec

from seeds import emit, past
from seeds.chronicle import Seen
from seeds.deployment import END, START, STORY_HOST
from seeds.intelligence import COLUMNS, INDICATORS
from seeds.story import STORIES, Story
from seeds.world import World

__all__ = ["File", "Manifest", "Step", "names", "tell", "write"]

INDICATOR_FILE = "indicators.csv"
_KEPT_UP_TO = 1.0
"""Scale up to which ordinary life is kept for the next story; a denser one takes too much memory."""
Progress = Callable[[int, int], None]


class File(msgspec.Struct, frozen=True):
    """A file of raw logs, relative to the manifest, and the format it is in."""

    format: str
    file: str


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """What to do next, once everything before is processed: ingest files together, or load indicators."""

    title: str
    ingest: tuple[File, ...] = ()
    indicators: str | None = None


class Manifest(msgspec.Struct, frozen=True):
    """What a story is and how it is replayed; times are epoch milliseconds UTC."""

    story: str
    title: str
    about: str
    start: int
    story_start: int
    end: int
    host: str
    critical: tuple[str, ...]
    """Hosts to mark as critical before the replay."""
    events: int
    steps: tuple[Step, ...]


def names() -> tuple[str, ...]:
    """Return the names of all stories."""
    return tuple(STORIES)


def tell(name: str, *, scale: float = 1.0) -> list[Seen]:
    """Return all that happens in a story, in order of time; `chronicle.event_of` says each as an event."""
    world = _life(scale).fork() if scale <= _KEPT_UP_TO else past.live(scale)
    world.chronicle.telling = True
    STORIES[name].tell(world)
    world.chronicle.settle(past.SEED)
    return world.chronicle.seen


@lru_cache(maxsize=1)
def _life(scale: float) -> World:
    return past.live(scale)


def write(name: str, folder: Path, *, scale: float = 1.0, progress: Progress | None = None) -> Manifest:
    """Write a story's raw logs, indicators and manifest into `folder` and return the manifest.

    `scale` makes ordinary life denser and leaves the story alone; `progress` is told how many of how
    many events are written. Raises KeyError for a name that is not among `names()`.
    """
    story = STORIES[name]
    all_seen = tell(name, scale=scale)
    folder.mkdir(parents=True, exist_ok=True)
    parts = _parts(story, all_seen)
    writer = _Writer(folder, len(all_seen), progress)
    steps = [
        Step(title, ingest=writer.write(part, seen, Random(name) if story.shuffled else None))  # noqa: S311
        if part != "past"
        else Step(title, ingest=writer.write(part, seen, None))
        for part, title, seen in parts
    ]
    intelligence = Step("Threat intelligence", indicators=INDICATOR_FILE)
    steps.insert(len(steps) if story.indicators_last else 1, intelligence)
    (folder / INDICATOR_FILE).write_text(_indicators(), encoding="utf-8")
    manifest = Manifest(
        story=name, title=story.title, about=story.about, start=START, story_start=story.begins, end=END,
        host=STORY_HOST, critical=(STORY_HOST,), events=len(all_seen), steps=tuple(steps),
    )  # fmt: skip
    document = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / "manifest.json").write_bytes(document + b"\n")
    return manifest


def _parts(story: Story, all_seen: list[Seen]) -> list[tuple[str, str, list[Seen]]]:
    first_day = story.first_day
    days = (first_day - START) // 86_400_000
    date = datetime.fromtimestamp(first_day / 1000, UTC).date().isoformat()
    parts = [
        ("past", f"{days} days of ordinary life", [s for s in all_seen if s.at < first_day and not s.late]),
        ("story", f"From {date} on", [s for s in all_seen if s.at >= first_day and not s.late]),
        ("late", "A record that comes late", [s for s in all_seen if s.late]),
    ]
    return [part for part in parts if part[2]]


class _Writer:
    """Writes one part after the other, a file for each format that saw anything."""

    def __init__(self, folder: Path, events: int, progress: Progress | None) -> None:
        self._folder = folder
        self._events = events
        self._written = 0
        self._progress = progress
        self._formats = (
            ("tetragon", "tetragon.ndjson", emit.tetragon),
            ("auditd", "auditd.log", emit.Auditd()),
            ("polygraph", "polygraph.ndjson", emit.polygraph),
        )

    def write(self, part: str, all_seen: list[Seen], shuffle: Random | None) -> tuple[File, ...]:
        files = []
        for name, ending, emitter in self._formats:
            own = [seen for seen in all_seen if seen.sensor == name]
            if not own:
                continue
            lines = list(emitter(own))
            if shuffle is not None:
                shuffle.shuffle(lines)
            file = f"{part}.{ending}"
            (self._folder / file).write_bytes(b"".join(lines))
            files.append(File(name, file))
            self._written += len(own)
            if self._progress is not None:
                self._progress(self._written, self._events)
        return tuple(files)


def _indicators() -> str:
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(INDICATORS)
    return text.getvalue()
