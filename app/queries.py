"""The Cypher of this program: one file a query under `queries/`, header and text.

A file's path is its id: `queries/alerts/new_application.cypher` is the alert `new_application`. The
first comment is TOML and nothing else; the file runs as it stands, so the database's line numbers are
the file's. Knows files and text only.
"""

import hashlib
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct

from app.errors import DeclarationError
from app.events import OF_PROCESS
from app.schema import ROOT

FOLDER = ROOT / "queries"
LISTS = FOLDER / "lists"

Severity = Literal["low", "medium", "high", "critical"]
Maturity = Literal["experimental", "stable", "deprecated"]


class Parameter(Struct, frozen=True, kw_only=True, rename={"meaning": "is"}, forbid_unknown_fields=True):
    """A parameter of a query; `file` names a list under `queries/lists/` that holds its value."""

    type: Literal["integer", "float", "string", "boolean", "strings", "map"]
    meaning: str
    default: int | float | str | bool | list[str] | dict[str, float] | None = None
    file: str | None = None


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """What an analyst asks next, and the pivot that answers it."""

    ask: str
    pivot: str
    of: str


class Detection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an alert's and a composite's header have in common."""

    title: str
    severity: Severity
    maturity: Maturity
    attack: tuple[str, ...]
    key: tuple[str, ...]
    message: str
    description: str
    why: str
    blind_spots: str
    benign: tuple[str, ...]
    investigate: tuple[Question, ...]
    resolve: tuple[str, ...]
    params: dict[str, Parameter] = {}


class AlertHeader(Detection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of `queries/alerts/*.cypher`."""

    on: tuple[str, ...]
    """Event kinds whose writing wakes the rule; `process` is every kind whose record names a process, and
    `indicator` is threat intelligence that arrives."""
    cap_by: str | None = None
    """Column whose node is the subject of the daily cap; the host where none is named."""

    @property
    def wakes(self) -> frozenset[str]:
        """Return the kinds of `on`, with `process` spelt out."""
        return frozenset(self.on) - {"process"} | (OF_PROCESS if "process" in self.on else frozenset())


class CompositeHeader(Detection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of `queries/composites/*.cypher`."""

    after: tuple[str, ...]
    """Alerts (and composites) that it reads, as `alerts/new_application`."""


class ReadHeader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of a pivot, a view or one of the engine's own statements."""

    title: str
    description: str
    of: str | None = None
    """The kind of thing that a pivot or view starts from."""
    writes: bool = False
    """Whether a view is a mutation's; whatever else stands outside `engine` may only read."""
    params: dict[str, Parameter] = {}


Header = AlertHeader | CompositeHeader | ReadHeader
H = TypeVar("H", bound=Header)
KINDS = ("alerts", "composites", "pivots", "views", "engine")
"""The folders under `queries/`."""
_HEADERS: Mapping[str, type[AlertHeader] | type[CompositeHeader] | type[ReadHeader]] = MappingProxyType(
    {
        "alerts": AlertHeader,
        "composites": CompositeHeader,
        "pivots": ReadHeader,
        "views": ReadHeader,
        "engine": ReadHeader,
    }
)


@dataclass(frozen=True, slots=True)
class Query(Generic[H]):
    """One query file."""

    name: str
    folder: str
    header: H
    text: str
    """The whole file, header comment included, as the database runs it."""
    parameters: Mapping[str, Any]
    """Values of the header's parameters: defaults, and lists read from their files."""
    hash: str
    """SHA-256 of the file, hex."""

    @property
    def path(self) -> str:
        """Return where the file is, for errors."""
        return f"queries/{self.folder}/{self.name}.cypher"


@dataclass(frozen=True, slots=True)
class Queries:
    """Every query file, by folder."""

    alerts: Mapping[str, Query[AlertHeader]]
    composites: Mapping[str, Query[CompositeHeader]]
    pivots: Mapping[str, Query[ReadHeader]]
    views: Mapping[str, Query[ReadHeader]]
    engine: Mapping[str, Query[ReadHeader]]

    def all(self) -> list[Query[Any]]:
        """Return all of them, in the order of their paths."""
        folders = (self.alerts, self.composites, self.pivots, self.views, self.engine)
        return sorted((query for folder in folders for query in folder.values()), key=lambda query: query.path)


def load(folder: Path = FOLDER) -> Queries:
    """Return every query file under `folder`.

    Raises DeclarationError for the first fault found; `faults` collects them all.
    """
    return Queries(**{kind: MappingProxyType(_folder(folder, kind)) for kind in KINDS})


def _folder(folder: Path, kind: str) -> dict[str, Query[Any]]:
    return {path.stem: read(path, kind) for path in sorted((folder / kind).glob("*.cypher"))}


_COMMENT = re.compile(r"\A/\*\n(.*?)\n\*/\n", re.DOTALL)


def placeholders(template: str) -> set[str]:
    """Return the columns that a message names.

    Raises ValueError when its braces do not match.
    """
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


def read(path: Path, kind: str) -> Query[Any]:
    """Return one query file.

    Raises DeclarationError with the place of the fault.
    """
    where = f"queries/{kind}/{path.name}"
    text = path.read_text(encoding="utf-8")
    found = _COMMENT.match(text)
    if found is None:
        raise DeclarationError(f"{where}:1", "the file must open with its TOML header between /* and */")
    try:
        header = msgspec.convert(tomllib.loads(found.group(1)), _HEADERS[kind])
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise DeclarationError(f"{where}:{int(line.group(1)) + 1 if line else 1}", f"header: {error}") from error
    except msgspec.ValidationError as error:
        raise DeclarationError(f"{where}:1", f"header: {error}") from error
    parameters = {name: _value(where, path.parent.parent, name, one) for name, one in header.params.items()}
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Query(path.stem, kind, header, text, MappingProxyType(parameters), digest)


def _value(where: str, root: Path, name: str, parameter: Parameter) -> Any:  # noqa: ANN401 - what TOML may hold
    if parameter.file is None:
        return parameter.default
    source = root / "lists" / parameter.file
    try:
        listed = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeclarationError(
            f"{where}:1", f"`{name}` names queries/lists/{parameter.file}: {error.strerror}"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"queries/lists/{parameter.file}:1", str(error)) from error
    if not isinstance(listed.get("values"), list):
        raise DeclarationError(f"queries/lists/{parameter.file}:1", "a list file holds one list, `values`")
    return listed["values"]
