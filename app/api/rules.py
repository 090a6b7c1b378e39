"""Detections as GraphQL shows them: the headers of `queries/alerts` and `queries/composites`."""

from collections.abc import Iterator

import strawberry

from app.api.inputs import RuleKind, Severity
from app.queries import AlertHeader, CompositeHeader, Detection, Queries, Query


@strawberry.type(description="A technique of MITRE ATT&CK.")
class Technique:
    """Known by its number; its name is its own site's to say."""

    id: str = strawberry.field(description="Number, such as T1204.002.")
    url: str = strawberry.field(description="Where it is described.")


@strawberry.type(description="What to ask next.")
class Question:
    """One of a rule's header."""

    ask: str = strawberry.field(description="The question.")
    pivot: str = strawberry.field(description="Name of the pivot that answers it.")
    of: str = strawberry.field(description="Role of the entity to ask it of, as in the alert's entities.")


@strawberry.type(description="A parameter of a rule.")
class RuleParameter:
    """One of a rule's header."""

    name: str = strawberry.field(description="Its name.")
    type: str = strawberry.field(description="Type of its value.")
    meaning: str = strawberry.field(description="What it means.")


@strawberry.type(description="A detection: one file of the repository.")
class Rule:
    """A header, and what follows from the file."""

    name: str = strawberry.field(description="Its name, as in Alert.rule.")
    kind: RuleKind = strawberry.field(description="Whether it makes weak or composite alerts.")
    title: str = strawberry.field(description="Its title.")
    severity: Severity = strawberry.field(description="How bad it would be.")
    maturity: str = strawberry.field(description="experimental, stable or deprecated.")
    description: str = strawberry.field(description="What it detects.")
    why: str = strawberry.field(description="Why that matters.")
    blind_spots: str = strawberry.field(description="What it does not see.")
    message: str = strawberry.field(description="The alerts' sentence, with columns in braces.")
    attack: list[Technique] = strawberry.field(description="Techniques that it speaks of.")
    benign_reasons: list[str] = strawberry.field(description="Why it may be harmless.")
    investigate: list[Question] = strawberry.field(description="What to ask next.")
    resolve: list[str] = strawberry.field(description="Steps to an end.")
    key: list[str] = strawberry.field(description="Columns that make an alert one and the same.")
    wakes: list[str] = strawberry.field(
        description="Event kinds that wake it; of a composite the alerts that it reads."
    )
    parameters: list[RuleParameter] = strawberry.field(description="What may be tuned in its file.")
    path: str = strawberry.field(description="The file.")
    hash: str = strawberry.field(description="SHA-256 of the file, as in Alert.ruleHash.")


def technique(id: str) -> Technique:
    """Return a technique by its number."""
    return Technique(id=id, url=f"https://attack.mitre.org/techniques/{id.replace('.', '/')}/")


def questions(header: Detection) -> list[Question]:
    """Return what a header asks."""
    return [Question(ask=one.ask, pivot=one.pivot, of=one.of) for one in header.investigate]


def rules(queries: Queries, kind: RuleKind | None) -> Iterator[Rule]:
    """Yield the rules of a kind, by name."""
    if kind is not RuleKind.COMPOSITE:
        for alert in queries.alerts.values():
            yield _rule(alert, alert.header, RuleKind.ALERT, alert.header.on)
    if kind is not RuleKind.ALERT:
        for composite in queries.composites.values():
            yield _rule(composite, composite.header, RuleKind.COMPOSITE, composite.header.after)


def _rule(
    query: Query[AlertHeader] | Query[CompositeHeader], header: Detection, kind: RuleKind, wakes: tuple[str, ...]
) -> Rule:
    return Rule(
        name=query.name,
        kind=kind,
        title=header.title,
        severity=Severity[header.severity.upper()],
        maturity=header.maturity,
        description=header.description,
        why=header.why,
        blind_spots=header.blind_spots,
        message=header.message,
        attack=[technique(id) for id in header.attack],
        benign_reasons=list(header.benign),
        investigate=questions(header),
        resolve=list(header.resolve),
        key=list(header.key),
        wakes=list(wakes),
        parameters=[
            RuleParameter(name=name, type=one.type, meaning=one.meaning) for name, one in sorted(header.params.items())
        ],
        path=query.path,
        hash=query.hash,
    )


def header_of(queries: Queries, rule: str) -> Detection | None:
    """Return the header of a rule as it is today; None when its file is gone."""
    found = queries.alerts.get(rule) or queries.composites.get(rule)
    return found.header if found else None
