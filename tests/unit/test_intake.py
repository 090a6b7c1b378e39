"""What is said on the command line about records that do not say all."""

import pytest

from app.cli.intake import known_of
from app.errors import ConfigError
from app.ingest import Origin, read
from app.sources import Context, Taken
from app.sources._moments import moment

LINE = b"%s web-1 sshd[7]: Accepted password for ann from 192.0.2.1 port 1 ssh2"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("+02:00", 120), ("-0530", -330), ("120", 120), ("-90", -90), ("5:45", 345), ("0", 0), ("+1400", 840)],
)
def test_an_offset_is_hours_and_minutes_or_minutes(said: str, minutes: int) -> None:
    assert known_of("h", said, None) == Context("h", None, minutes)


@pytest.mark.parametrize("said", ["", "+", "Berlin", "+25:00", "999999", "1:60", "+02:00:00", "1e3", "٢"])
def test_what_is_no_offset_is_refused(said: str) -> None:
    with pytest.raises(ConfigError, match="--utc-offset"):
        known_of(None, said, None)


@pytest.mark.parametrize("offset", ["-300", "0", "+14:00"])
@pytest.mark.parametrize("day", ["Jan  1 00:00:00", "Feb 29 12:00:00", "Dec 31 23:59:59"])
def test_a_whole_local_year_is_of_the_year_that_is_given(offset: str, day: str) -> None:
    known = known_of(None, offset, 2024)
    ((_, outcome),) = read(Origin("a", "auth_log", known), [LINE % day.encode()], lambda: 0)
    assert isinstance(outcome, Taken)
    month = {"Jan": "01", "Feb": "02", "Dec": "12"}[day[:3]]
    local = moment(f"2024-{month}-{int(day[4:6]):02}T{day[7:]}Z")
    assert local is not None
    assert outcome.events[0].at == local - known.utc_offset * 60_000


def test_what_is_still_being_written_is_bounded_by_the_clock_as_it_goes() -> None:
    clock = iter([moment("2025-12-31T23:00:00Z"), moment("2026-01-03T01:00:00Z")])
    lines = [LINE % b"Dec 31 23:00:00", LINE % b"Jan  3 01:00:00"]
    found = [outcome for _, outcome in read(Origin("-", "auth_log"), lines, lambda: next(clock) or 0)]
    ats = [outcome.events[0].at for outcome in found if isinstance(outcome, Taken)]
    assert ats == [moment("2025-12-31T23:00:00Z"), moment("2026-01-03T01:00:00Z")]
