"""What a batch touched, and what many batches touched together."""

from app.touched import GAP, MOST_SPANS, Touched, pack, unpack


def of(
    *moments: int, hosts: dict[str, tuple[int, int]] | None = None, clock: int = 0, kind: str = "logged_in"
) -> Touched:
    return Touched.of({kind}, moments, hosts or {}, clock)


def test_nothing_is_touched_by_nothing() -> None:
    assert not Touched()
    assert Touched() | of(5) == of(5) | Touched() == of(5)


def test_moments_near_each_other_share_a_span() -> None:
    assert of(10, 5, 10 + GAP, 7).spans == ((5, 10 + GAP),)
    assert of(0, GAP + 1).spans == ((0, 0), (GAP + 1, GAP + 1))


def test_a_wide_scatter_is_one_span() -> None:
    scattered = [number * 2 * GAP for number in range(MOST_SPANS + 1)]
    assert len(of(*scattered[:-1]).spans) == MOST_SPANS
    assert of(*scattered).spans == ((0, scattered[-1]),)


def test_batches_are_looked_at_together() -> None:
    one = of(5, hosts={"a": (5, 5)}, clock=90, kind="logged_in")
    other = of(9 * GAP, hosts={"a": (3, 4), "b": (9, 9)}, clock=80, kind="indicator")
    both = one | other
    assert both.kinds == {"logged_in", "indicator"}
    assert both.spans == ((5, 5), (9 * GAP, 9 * GAP))
    assert both.hosts == {"a": (3, 5), "b": (9, 9)}
    assert (both.clock, both.first) == (80, 5)


def test_the_same_batch_again_touches_nothing_more() -> None:
    one = of(5, 9 * GAP, hosts={"a": (5, 5)})
    assert one | one == one
    assert (one | of(7)) | one == one | of(7)


def test_a_hand_over_arrives_as_it_was() -> None:
    one = of(5, 9 * GAP, hosts={"a": (5, 5)}, clock=7)
    assert unpack(pack(one)) == one
    assert unpack(pack(Touched())) == Touched()
