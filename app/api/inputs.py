"""Enumerations and filters: what a caller may ask for.

Knows nothing of statements; `lists` turns a filter into the parameters of a view.
"""

from enum import Enum

import strawberry
from strawberry import UNSET, enum_value

from app.api.scalars import DateTime


@strawberry.enum(description="What kind of thing a node of the graph is.")
class EntityKind(Enum):
    """One a label that is shown."""

    HOST = enum_value("HOST", description="A machine.")
    USER = enum_value("USER", description="An account.")
    SESSION = enum_value("SESSION", description="A login session.")
    PROCESS = enum_value("PROCESS", description="One execution of a binary.")
    BINARY = enum_value("BINARY", description="An application on a host.")
    IP_ADDRESS = enum_value("IP_ADDRESS", description="An internet address.")
    DOMAIN = enum_value("DOMAIN", description="A name of the domain name system.")
    PORT = enum_value("PORT", description="A port that something listens on.")
    PATH = enum_value("PATH", description="A place in a file system.")
    FILE = enum_value("FILE", description="Content, known by its hash.")
    CONTAINER = enum_value("CONTAINER", description="A container on one host.")
    IMAGE = enum_value("IMAGE", description="A container image.")
    API_CALL = enum_value("API_CALL", description="One call of a cloud's or a cluster's API.")
    IDENTITY = enum_value("IDENTITY", description="Who calls APIs of a cloud or a cluster.")
    API = enum_value("API", description="An operation that such an API offers.")
    REGION = enum_value("REGION", description="A region of a cloud.")
    CLOUD_RESOURCE = enum_value("CLOUD_RESOURCE", description="What a call of such an API named.")
    INDICATOR = enum_value("INDICATOR", description="A piece of threat intelligence.")


@strawberry.enum(description="What a binary is on disk.")
class BinaryKind(Enum):
    """Stored in lower case."""

    EXECUTABLE = enum_value("EXECUTABLE", description="A program of its own.")
    SCRIPT = enum_value("SCRIPT", description="A script that an interpreter ran.")
    JAR = enum_value("JAR", description="A Java archive.")
    MAIN_CLASS = enum_value("MAIN_CLASS", description="A Java main class.")
    MODULE = enum_value("MODULE", description="A module that an interpreter ran by name.")


@strawberry.enum(description="How bad it would be.")
class Severity(Enum):
    """In ascending order."""

    LOW = enum_value("LOW", description="Worth knowing.")
    MEDIUM = enum_value("MEDIUM", description="Worth a look.")
    HIGH = enum_value("HIGH", description="Worth a look today.")
    CRITICAL = enum_value("CRITICAL", description="Worth a look now.")


@strawberry.enum(description="How much the loss of a host would hurt.")
class Criticality(Enum):
    """In ascending order."""

    LOW = enum_value("LOW", description="Hardly.")
    MEDIUM = enum_value("MEDIUM", description="Some.")
    HIGH = enum_value("HIGH", description="Much.")
    CRITICAL = enum_value("CRITICAL", description="Beyond repair.")


@strawberry.enum(description="The analyst's word on an alert.")
class AlertStatus(Enum):
    """Never written by the engine."""

    OPEN = enum_value("OPEN", description="Nobody has taken it up.")
    IN_PROGRESS = enum_value("IN_PROGRESS", description="Somebody is at it.")
    CLOSED = enum_value("CLOSED", description="Done, for the reason in closeReason.")


@strawberry.enum(description="The engine's word on an alert.")
class AlertState(Enum):
    """Never written by people."""

    RAISED = enum_value("RAISED", description="It stands.")
    LEARNING = enum_value("LEARNING", description="New only because the scope is still being learnt.")
    SUPPRESSED = enum_value("SUPPRESSED", description="Held back by an exception or by the daily cap.")
    WITHDRAWN = enum_value("WITHDRAWN", description="Disproved by a later record.")


@strawberry.enum(description="Why an alert was closed.")
class CloseReason(Enum):
    """Needed to close an alert."""

    MALICIOUS = enum_value("MALICIOUS", description="It was an attack, and was dealt with.")
    EXPECTED = enum_value("EXPECTED", description="True, and meant to be so.")
    FALSE_POSITIVE = enum_value("FALSE_POSITIVE", description="What it says did not happen.")
    DUPLICATE = enum_value("DUPLICATE", description="Another alert or ticket covers it.")
    OTHER = enum_value("OTHER", description="Another reason; a comment tells it.")


@strawberry.enum(description="How far an investigation has come.")
class Phase(Enum):
    """From the first weak signal to its end."""

    OBSERVING = enum_value("OBSERVING", description="Open, below the warning.")
    EARLY_WARNING = enum_value("EARLY_WARNING", description="Its score reached the warning.")
    COMPOSITE = enum_value("COMPOSITE", description="Everything needed came together: a composite alert.")
    EXPIRED = enum_value("EXPIRED", description="Nothing more came in time.")
    SUPERSEDED = enum_value("SUPERSEDED", description="A late event joined it to another.")


@strawberry.enum(description="What a rule makes.")
class RuleKind(Enum):
    """The folder that the rule's file is in."""

    ALERT = enum_value("ALERT", description="Weak alerts, from events.")
    COMPOSITE = enum_value("COMPOSITE", description="Composite alerts, from weak ones.")


@strawberry.enum(description="Which way a list is ordered.")
class OrderDirection(Enum):
    """As in SQL."""

    ASC = enum_value("ASC", description="Smallest or earliest first.")
    DESC = enum_value("DESC", description="Greatest or latest first.")


@strawberry.enum(description="What alerts are ordered by.")
class AlertOrderField(Enum):
    """Ties go to the later moment."""

    AT = enum_value("AT", description="The moment of the signal.")
    RAISED_AT = enum_value("RAISED_AT", description="When the engine first wrote it.")
    SEVERITY = enum_value("SEVERITY", description="How bad it would be.")
    SCORE = enum_value("SCORE", description="Weight of a composite's evidence; 0 without one.")


@strawberry.input(description="How to order alerts.")
class AlertOrder:
    """Newest first where nothing is given."""

    field: AlertOrderField = strawberry.field(default=AlertOrderField.AT, description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which way.")


@strawberry.input(description="A stretch of time, open where an end is not given.")
class TimeRange:
    """Half open."""

    since: DateTime | None = strawberry.field(default=None, description="From this moment on.")
    until: DateTime | None = strawberry.field(default=None, description="Before this moment.")


@strawberry.input(description="Which alerts; what is given must all hold, and of a list any one.")
class AlertFilter:
    """Lists show RAISED alerts unless `state` is given."""

    rule: str | None = strawberry.field(default=None, description="The rule's name.")
    rules: list[str] | None = strawberry.field(default=None, description="Names of rules.")
    severity: list[Severity] | None = strawberry.field(default=None, description="Severities.")
    status: list[AlertStatus] | None = strawberry.field(default=None, description="The analyst's word.")
    state: list[AlertState] | None = strawberry.field(
        default=None, description="The engine's word; RAISED where a list is asked for and none is given."
    )
    is_composite: bool | None = strawberry.field(default=None, description="Composite, or weak.")
    host_id: str | None = strawberry.field(default=None, description="Id of the host that it concerns.")
    hostname: str | None = strawberry.field(default=None, description="Name of the host that it concerns.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="Id of anything that it speaks of.")
    assignee: str | None = strawberry.field(default=None, description="Who works on it.")
    since: DateTime | None = strawberry.field(default=None, description="Signals from this moment on.")
    until: DateTime | None = strawberry.field(default=None, description="Signals before this moment.")
    text: str | None = strawberry.field(
        default=None, description="Words in title, message or rule, whatever their case."
    )


@strawberry.input(description="Which entities; what is given must all hold.")
class EntityFilter:
    """For hosts and binaries; what does not fit the kind is refused."""

    text: str | None = strawberry.field(default=None, description="Part of the name, whatever its case.")
    binary_kind: list[BinaryKind] | None = strawberry.field(
        default=None, description="Of binaries: what they are on disk."
    )
    criticality: list[Criticality] | None = strawberry.field(
        default=None, description="Of hosts: how much their loss would hurt."
    )
    first_seen: TimeRange | None = strawberry.field(default=None, description="When first seen.")
    last_seen: TimeRange | None = strawberry.field(default=None, description="When last seen.")
    novel_since: TimeRange | None = strawberry.field(default=None, description="Since when new to the deployment.")


@strawberry.input(description="Which investigations; what is given must all hold, and of a list any one.")
class InvestigationFilter:
    """Lists leave SUPERSEDED ones out unless `phase` is given."""

    phase: list[Phase] | None = strawberry.field(
        default=None, description="How far it has come; all but SUPERSEDED where none is given."
    )
    host_id: str | None = strawberry.field(default=None, description="Id of the host that it is about.")
    rule: str | None = strawberry.field(default=None, description="The composite's name.")
    since: DateTime | None = strawberry.field(default=None, description="Those with evidence from this moment on.")
    until: DateTime | None = strawberry.field(default=None, description="Those opened before this moment.")


def given(value: object) -> bool:
    """Tell an argument that was given, even as null, from one that was left out."""
    return value is not UNSET
