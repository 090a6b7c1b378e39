"""What can go wrong, and what happens then.

PolygraphError
├── ConfigError         a setting is missing or malformed         -> the program does not start
├── DeclarationError    a file of ours is wrong; has .where       -> the program does not start
├── LocalStackError     the local Neo4j or Redis cannot be had    -> the command ends with what to do
├── RecordRejected      one record cannot become events; .reason  -> dead-letter stream, counted
├── BackPressure        the backlog is full; .retry_after seconds -> the sender waits, nothing is dropped
├── DeadLettersFull     no room for rejected records              -> the command ends with what to do
├── GraphUnavailable    Neo4j does not answer                     -> the worker waits and retries
├── WriteRefused        the database refuses an event for good    -> halved until alone, dead-letter stream
├── LeaseLost           another detector has taken over           -> what was begun is left to it
└── StreamUnavailable   Redis does not answer                     -> the caller waits and retries
"""


class PolygraphError(Exception):
    """Whatever this program says is wrong; its text is for people and ends in the way out."""


class ConfigError(PolygraphError):
    """A setting is missing or malformed; the program does not start."""


class DeclarationError(PolygraphError):
    """A file of ours is wrong; `where` is its `file:line`."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class LocalStackError(PolygraphError):
    """The local Neo4j or Redis cannot be had; the text says what to do."""


class RecordRejected(PolygraphError):
    """One record cannot become events; `reason` says why, for the dead letters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BackPressure(PolygraphError):
    """There is no room to take more; try again in `retry_after` seconds. Nothing was taken."""

    def __init__(self, what: str, retry_after: float) -> None:
        super().__init__(f"{what}: send again in {retry_after:g} s")
        self.retry_after = retry_after


class DeadLettersFull(PolygraphError):
    """The dead letters are at their limit: more are refused, with all that came with them."""


class WriteRefused(PolygraphError):
    """The database refuses what it was asked to write, and would again: the fault is in the events."""


class GraphUnavailable(PolygraphError):
    """Neo4j does not answer; what was asked may be asked again."""


class LeaseLost(PolygraphError):
    """Another detector has taken over; what this one began is left to it."""


class StreamUnavailable(PolygraphError):
    """Redis does not answer; what was asked may be asked again."""
