"""Case files: a detection's claim as data, a story that fires and the same story that stays quiet.

One file a detection under `tests/cases/`, its path its id. Read by the tests, which send the stories
through the real writer, and by `check`, which refuses a detection without its pair. Knows files and
events only, no database.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from app import intel
from app.errors import DeclarationError, RecordRejected
from app.events import AnyEvent
from app.intel import Indicator
from app.schema import ROOT

FOLDER = ROOT / "tests" / "cases"

Record = dict[str, Any]
"""One event or indicator as TOML gives it; `events_of` and `indicators_of` judge it."""


class _Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every case, and every variant of one, may say of its story."""

    indicators: tuple[dict[str, str], ...] | None = None
    """Threat intelligence, learnt after the story; a variant's replaces the case's."""
    learning: int | None = None
    """Milliseconds of learning in place of the rule's own."""
    criticality: dict[str, str] = {}
    """What people said of a host, by its name."""


class _Variant(_Form, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing changed in the story."""

    because: str
    add: tuple[Record, ...] = ()
    drop: tuple[int, ...] = ()
    """Positions in the story that did not happen."""


class Quiet(_Variant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story in which the alert is rightly not raised."""

    window: tuple[int, int] | None = None


class Loud(Quiet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A changed story in which the alert is raised all the same, or elsewhere."""

    fires: tuple[Record, ...]


class AlertCase(_Form, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tests/cases/alerts/*.toml`."""

    window: tuple[int, int]
    """`$from` and `$to` of the query."""
    story: tuple[Record, ...]
    fires: tuple[Record, ...]
    """Each alert raised: columns, or `at`, `message`, `severity`, as they are shown."""
    loud: tuple[Loud, ...] = ()
    quiet: tuple[Quiet, ...] = ()


class Ending(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one investigation amounts to; what is not said is not asked."""

    host: str
    phase: Literal["OBSERVING", "EARLY_WARNING", "COMPOSITE", "EXPIRED"]
    score: str | None = None
    """A relation, such as ">= 120"."""
    missing: tuple[str, ...] | None = None
    rules: tuple[str, ...] | None = None
    """The rules whose alerts hang together, sorted."""


class QuietCourse(_Variant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story in which no composite alert is raised; `ends` says what there is instead."""

    ends: tuple[Ending, ...] = ()


class LoudCourse(_Variant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A changed story that ends in the composite alert all the same."""

    fires: tuple[Ending, ...]


class CompositeCase(_Form, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tests/cases/composites/*.toml`."""

    story: tuple[Record, ...]
    fires: tuple[Ending, ...]
    loud: tuple[LoudCourse, ...] = ()
    quiet: tuple[QuietCourse, ...] = ()


class PivotCase(_Form, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tests/cases/pivots/*.toml`."""

    story: tuple[Record, ...]
    of: Record
    """Label and properties of the node that is asked about."""
    params: Record = {}
    rows: tuple[Record, ...]
    """What the pivot answers, in order, as it is shown."""


Case = AlertCase | CompositeCase | PivotCase
C = TypeVar("C", bound=Case)


@dataclass(frozen=True, slots=True)
class Telling:
    """A story as one variant tells it."""

    because: str
    """Empty for the case as it stands."""
    events: tuple[AnyEvent, ...]
    indicators: tuple[Indicator, ...]
    learning: int | None
    criticality: dict[str, str]


def read(path: Path, kind: type[C]) -> C:
    """Return one case file, its form judged and its events too.

    Raises DeclarationError with the place of the fault.
    """
    where = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
    try:
        case: C = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), kind)
    except OSError as error:
        raise DeclarationError(f"{where}:1", f"a case file is missing: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise DeclarationError(f"{where}:{line.group(1) if line else 1}", str(error)) from error
    except msgspec.ValidationError as error:
        raise DeclarationError(f"{where}:1", str(error)) from error
    variants: list[_Variant | None] = [None]
    if not isinstance(case, PivotCase):
        variants += [*case.loud, *case.quiet]
    for variant in variants:
        try:
            telling(case, variant)
        except (msgspec.ValidationError, RecordRejected, IndexError) as error:
            said = f" ({variant.because})" if variant else ""
            raise DeclarationError(f"{where}:1", f"{error}{said}") from error
    return case


def gaps(case: Case, columns: Collection[str], also: Collection[str]) -> Iterator[str]:
    """Yield what a case claims emptily: no firing, no quiet, no reason, nothing changed, a column that is none.

    `columns` are the query's, none where they are not known; `also` what is shown beside them.
    """
    if isinstance(case, PivotCase):
        if not case.rows:
            yield "the pivot answers nothing: `rows` is empty"
        return
    if not case.fires:
        yield "nothing fires: `fires` is empty"
    if not case.quiet:
        yield "nothing stays quiet: there is no [[quiet]]"
    for variant in (*case.loud, *case.quiet):
        if not variant.because.strip():
            yield "a variant has no reason: `because` is empty"
        changed = variant.add or variant.drop or variant.indicators is not None or variant.criticality
        if not (changed or variant.learning is not None or getattr(variant, "window", None)):
            yield f"nothing is changed ({variant.because})"
    if isinstance(case, AlertCase):
        for row in (*case.fires, *(row for variant in case.loud for row in variant.fires)):
            if not row:
                yield "an alert that fires is said to have no columns"
            for name in row.keys() - {*columns, *also} if columns else ():
                yield f"`{name}` is no column of the query"


def telling(case: Case, variant: _Variant | None = None) -> Telling:
    """Return the story as the case tells it, or as one of its variants does.

    Raises ValidationError, RecordRejected or IndexError when it cannot be told.
    """
    story: Sequence[Record] = case.story
    added: Sequence[Record] = ()
    form: _Form = case
    if variant is not None:
        wrong = [position for position in variant.drop if not 0 <= position < len(story)]
        if wrong:
            raise IndexError(f"`drop` names event {wrong[0]} of a story of {len(story)}")
        story = [one for position, one in enumerate(story) if position not in variant.drop]
        added, form = variant.add, variant
    indicators = form.indicators if form.indicators is not None else case.indicators
    return Telling(
        because=variant.because if variant else "",
        events=tuple(msgspec.convert([*story, *added], list[AnyEvent])),
        indicators=tuple(intel.indicator(one, "case") for one in indicators or ()),
        learning=form.learning if form.learning is not None else case.learning,
        criticality=case.criticality | form.criticality,
    )
