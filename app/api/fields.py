"""The one decorator of ours over Strawberry's: a field that is worked out, with its type kept."""

from collections.abc import Callable
from typing import TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., object])


def resolved(description: str) -> Callable[[F], F]:
    """Make a method a field that says what it is."""
    return cast("Callable[[F], F]", strawberry.field(description=description))


def changing(description: str) -> Callable[[F], F]:
    """Make a method a mutation that says what it does."""
    return cast("Callable[[F], F]", strawberry.mutation(description=description))


def streamed(description: str) -> Callable[[F], F]:
    """Make a method a subscription that says what it yields."""
    return cast("Callable[[F], F]", strawberry.subscription(description=description))
