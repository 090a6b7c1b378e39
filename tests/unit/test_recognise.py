"""A file's format is told from its beginning: tried on every recorded sample there is."""

from pathlib import Path

import pytest

from app.errors import ConfigError
from app.recognise import beginning, recognise
from app.sources import Context, Taken, read

SAMPLES = sorted((Path(__file__).parents[1] / "golden" / "sources").glob("*/*.raw"))
GIVEN = Context(host="given-host", not_after=1_735_689_599_999)


def head_of(sample: Path) -> list[bytes]:
    with sample.open("rb") as lines:
        return list(beginning(lines)[0])


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.parent.name}/{sample.stem}")
def test_every_sample_is_recognised(sample: Path) -> None:
    head = head_of(sample)
    takes = sum(isinstance(outcome, Taken) for outcome in read(sample.parent.name, head, GIVEN))
    if not takes or sample.stem in ("broken", "forwarded_broken"):
        pytest.skip("nothing in it is of interest, or it is broken on purpose: nobody could tell")
    assert recognise(head, GIVEN).format == sample.parent.name


@pytest.mark.parametrize("head", [[], [b"hello\n"], [b"\x00\xff\xfe rubbish\n"] * 9, [b"{}\n"]])
def test_what_nobody_knows_is_said_to_be_so(head: list[bytes]) -> None:
    with pytest.raises(ConfigError, match="name the one that wrote it"):
        recognise(head, GIVEN)


def test_the_beginning_is_not_lost() -> None:
    lines = [b"%d\n" % number for number in range(1000)]
    head, whole = beginning(iter(lines))
    assert len(head) < 1000
    assert list(whole) == lines
