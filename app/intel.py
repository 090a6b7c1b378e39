"""Threat intelligence from a simple CSV: who says what about which hash, address or domain.

Pure. A header line names the columns: `type` (sha256, ip, domain) and `value` are required; `source`,
`confidence` (0 to 100, as STIX 2.1 counts it), `description`, `valid_from` and `valid_until` (ISO 8601)
and `tags` (separated by semicolons) may follow.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app import identity
from app.errors import RecordRejected
from app.ids import clean, ident
from app.rows import NodeRow

COLUMNS = ("type", "value", "source", "confidence", "description", "valid_from", "valid_until", "tags")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One value that speaks of malice, and who says so."""

    type: str
    value: str
    about: str
    """Id of the node that the value names, whether seen or not."""
    source: str
    confidence: int | None = None
    description: str | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    tags: tuple[str, ...] = ()

    def row(self, at: int) -> NodeRow:
        """Return the node's row; `at` is when it was learnt, wall clock."""
        fixed = {"type": self.type, "value": self.value, "source": self.source, "about": self.about}
        merged = {
            "confidence": self.confidence,
            "description": self.description,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "tags": sorted(self.tags) or None,
        }
        return NodeRow("Indicator", ident("Indicator", self.type, self.value, self.source), fixed, at, None, merged)


def read(lines: Iterable[str], source: str) -> Iterator[Indicator | tuple[int, str]]:
    """Yield each line's indicator, or its number and what is wrong with it.

    `source` stands for lines that name none. Raises RecordRejected when the header itself is wrong.
    """
    reader = csv.DictReader(_uncommented(lines), skipinitialspace=True)
    columns = reader.fieldnames or ()
    lacking = [name for name in COLUMNS[:2] if name not in columns]
    if lacking:
        raise RecordRejected(f"the first line must name the columns; {' and '.join(lacking)} is missing")
    for row in reader:
        try:
            yield indicator(row, source)
        except RecordRejected as error:
            yield reader.line_num, error.reason


def indicator(row: Mapping[str, str | None], source: str) -> Indicator:
    """Return one row's indicator; raises RecordRejected with the reason."""
    kind, value = (row.get("type") or "").strip().lower(), (row.get("value") or "").strip()
    if kind == "sha256":
        value = value.lower()
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise RecordRejected(f"{clean(value, 80)!r} is no SHA-256 (64 hex digits)")
        about = ident("File", value)
    elif kind == "ip":
        address = identity.address_of(value)
        if address is None:
            raise RecordRejected(f"{clean(value, 80)!r} is no address")
        value, about = address.ip, ident("IpAddress", address.ip)
    elif kind == "domain":
        domain = identity.domain_of(value)
        if domain is None:
            raise RecordRejected(f"{clean(value, 80)!r} is no domain")
        value, about = domain.name, ident("Domain", domain.name)
    else:
        raise RecordRejected(f"type {clean(kind, 40)!r} is none of sha256, ip, domain")
    return Indicator(
        type=kind,
        value=clean(value),
        about=about,
        source=clean((row.get("source") or "").strip() or source, 200),
        confidence=_confidence(row.get("confidence")),
        description=clean(text, 500) if (text := (row.get("description") or "").strip()) else None,
        valid_from=_moment(row.get("valid_from")),
        valid_until=_moment(row.get("valid_until")),
        tags=tuple(sorted({clean(tag.strip(), 100) for tag in (row.get("tags") or "").split(";") if tag.strip()})),
    )


def _uncommented(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if not line.startswith("#"))


def _confidence(text: str | None) -> int | None:
    if not (text or "").strip():
        return None
    if not re.fullmatch(r"\d{1,3}", (text or "").strip()) or int(text or "") > 100:
        raise RecordRejected(f"confidence {clean(text or '', 40)!r} is no number from 0 to 100")
    return int(text or "")


def _moment(text: str | None) -> int | None:
    stripped = (text or "").strip()
    if not stripped:
        return None
    try:
        moment = datetime.fromisoformat(stripped)
    except ValueError as error:
        raise RecordRejected(f"{clean(stripped, 40)!r} is no ISO 8601 time") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
