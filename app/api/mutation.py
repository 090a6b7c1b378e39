"""The root of mutations: what people say. Each is one statement that writes its audit too."""

import json
from collections.abc import Mapping
from typing import Annotated

import strawberry
import structlog
from strawberry import UNSET

from app.api.alerts import Alert, alert_of, alerts_by_id
from app.api.context import Info
from app.api.entities import entity
from app.api.errors import ApiError, Code, bad_input
from app.api.fields import changing
from app.api.hosts import Host
from app.api.inputs import AlertStatus, CloseReason, Criticality
from app.api.services import Value
from app.changes import Change
from app.errors import PolygraphError
from app.ids import clean, ident

_MOST_TAGS = 50
_LONGEST_TAG = 64
_LONGEST_NAME = 200
_LONGEST_TICKET = 2_048


@strawberry.type(description="What can be said.")
class Mutation:
    """One field a thing to say."""

    @changing("Say how far work on alerts has come. All of them change, or none. Returns them in the order of `ids`.")
    async def update_alerts(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids of the alerts, at most 500.")],
        status: Annotated[
            AlertStatus | None, strawberry.argument(description="The new status; CLOSED needs a closeReason.")
        ] = None,
        close_reason: Annotated[
            CloseReason | None, strawberry.argument(description="Why they are closed; goes with CLOSED alone.")
        ] = None,
        assignee: Annotated[
            str | None, strawberry.argument(description="Who works on them from now on; empty for nobody.")
        ] = None,
        ticket: Annotated[str | None, strawberry.argument(description="A ticket to link, such as its address.")] = None,
    ) -> list[Alert]:
        """Store the analyst's word."""
        wanted = list(dict.fromkeys(ids))
        _check_update(info, wanted, status, close_reason, assignee, ticket)
        given = {
            "status": status.name if status else None,
            "closeReason": close_reason.name if close_reason else None,
            "assignee": assignee,
            "ticket": ticket,
        }
        now, actor = info.context.services.now(), info.context.actor.name
        # In the order of their ids, so that two of these never wait for each other.
        rows = [{"id": id, "audit": _audit(now, actor, "updateAlerts", id)} for id in sorted(wanted)]
        said: dict[str, Value] = {
            "rows": rows,
            "status": given["status"],
            "close_reason": given["closeReason"],
            "assignee": assignee,
            "ticket": ticket,
        }
        [stored] = await info.context.reader.write("update_alerts", said | _signed(now, actor, given))
        if stored["missing"]:
            missing = ", ".join(sorted(stored["missing"]))
            raise ApiError(Code.NOT_FOUND, f"nothing was changed, for there are no such alerts: {missing}")
        await _tell(info, Change(alerts=tuple(wanted)))
        return await alerts_by_id(info, wanted)

    @changing("Say something about an alert.")
    async def comment_alert(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The alert's id.")],
        text: Annotated[str, strawberry.argument(description="The words, at most 4096 characters.")],
    ) -> Alert:
        """Store a comment."""
        limit = info.context.services.limits.text
        if not text.strip():
            raise bad_input("`text` is empty: say something")
        if len(text) > limit:
            raise bad_input(f"`text` has {len(text)} characters, the limit is {limit}: say less, or link a ticket")
        now, actor = info.context.services.now(), info.context.actor.name
        said: dict[str, Value] = {
            "alert": id,
            "comment": ident("Comment", id, str(now), actor, clean(text)),
            "text": text,
            "audit": _audit(now, actor, "commentAlert", id),
        }
        rows = await info.context.reader.write("comment_alert", said | _signed(now, actor, {"text": text}))
        if not rows:
            raise ApiError(Code.NOT_FOUND, f"there is no such alert: {id}")
        await _tell(info, Change(alerts=(id,)))
        return alert_of(rows[0]["alert"], info.context.services.queries)

    @changing("Say how much the loss of a host would hurt, and label it. Detection looks at the host again.")
    async def set_host(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The host's id.")],
        criticality: Annotated[
            Criticality | None, strawberry.argument(description="The new criticality; null removes it.")
        ] = UNSET,
        tags: Annotated[
            list[str] | None, strawberry.argument(description="All its labels from now on; null removes them.")
        ] = UNSET,
    ) -> Host:
        """Store what people know of a host."""
        given: dict[str, Value] = {}
        if criticality is not UNSET:
            given["criticality"] = criticality.name if criticality else None
        if tags is not UNSET:
            given["tags"] = _tags(tags)
        if not given:
            raise bad_input("nothing to change: give `criticality` or `tags`")
        now, actor = info.context.services.now(), info.context.actor.name
        said: dict[str, Value] = {"id": id, "values": given, "audit": _audit(now, actor, "setHost", id)}
        rows = await info.context.reader.write("set_host", said | _signed(now, actor, given))
        if not rows:
            raise ApiError(Code.NOT_FOUND, f"there is no such host: {id}")
        info.context.forget()
        try:
            await info.context.services.wake(id)
        except PolygraphError as error:
            raise ApiError(
                Code.UNAVAILABLE, "it is stored, but detection could not be told: set it again in some seconds"
            ) from error
        host = entity(info.context.services.schema, rows[0]["host"])
        assert isinstance(host, Host)  # noqa: S101 - the view returns nothing else
        return host


def _check_update(
    info: Info,
    ids: list[strawberry.ID],
    status: AlertStatus | None,
    close_reason: CloseReason | None,
    assignee: str | None,
    ticket: str | None,
) -> None:
    limit = info.context.services.limits.bulk
    if not ids:
        raise bad_input("`ids` is empty: name the alerts")
    if len(ids) > limit:
        raise ApiError(Code.LIMIT_EXCEEDED, f"{len(ids)} alerts at once, the limit is {limit}: send several requests")
    if status is None and assignee is None and ticket is None and close_reason is None:
        raise bad_input("nothing to change: give `status`, `assignee` or `ticket`")
    if (status is AlertStatus.CLOSED) != (close_reason is not None):
        raise bad_input("`closeReason` goes with status CLOSED, and CLOSED needs one: give both or neither")
    if assignee is not None and len(assignee) > _LONGEST_NAME:
        raise bad_input(f"`assignee` has more than {_LONGEST_NAME} characters: give a name")
    if ticket is not None and (not ticket.strip() or len(ticket) > _LONGEST_TICKET):
        raise bad_input(f"`ticket` is empty or has more than {_LONGEST_TICKET} characters: give its address or number")


def _tags(tags: list[str] | None) -> list[str] | None:
    if tags is None:
        return None
    if len(tags) > _MOST_TAGS or any(not tag.strip() or len(tag) > _LONGEST_TAG for tag in tags):
        raise bad_input(f"`tags` are at most {_MOST_TAGS}, each of 1 to {_LONGEST_TAG} characters")
    return sorted({tag.strip() for tag in tags})


def _audit(now: int, actor: str, action: str, of: str) -> str:
    return ident("Audit", str(now), actor, action, of)


def _signed(now: int, actor: str, change: Mapping[str, object]) -> dict[str, Value]:
    """Return who changed what and when, for the audit."""
    details = {
        name: clean(value, len(value) or 1) if isinstance(value, str) else value
        for name, value in change.items()
        if value is not None
    }
    return {"actor": actor, "at": now, "details": json.dumps(details, ensure_ascii=False)}


async def _tell(info: Info, change: Change) -> None:
    """Let this request see the change, and subscribers: of every API process, or of this one where there is no way."""
    info.context.forget()
    services = info.context.services
    if services.publish is not None:
        try:
            await services.publish(change)
        except PolygraphError as error:
            # What was said is stored; a list that is read again shows it.
            structlog.get_logger().warning("a change was not told", error=str(error))
        else:
            return
    info.context.shared.feed.put(change)
