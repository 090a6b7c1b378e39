"""Read AWS CloudTrail: every call of an AWS API, of whichever service, refused ones too.

First stage of the flow: knows CloudTrail's fields and nothing of the graph. Taken are records as CloudTrail
delivers them ({"Records": […]}), in arrays or one a line, with `@timestamp` in place of `eventTime` (Logstash),
inside LookupEvents' answers, EventBridge events, CloudWatch Logs and Elasticsearch exports, and in the Elastic
Common Schema (Beats, Elastic Agent).

A console login is a call as well; that it failed stands in its answer. Who called is an ARN wherever there is
one; `sourceIPAddress` may be the name of one of AWS's own services. Insights and digests are no calls.
"""

from typing import Any

import msgspec

from app.errors import RecordRejected
from app.events import ApiCalled
from app.sources import Context, Ignored, Record, Taken
from app.sources._api_calls import account_in, is_accepted, session_in, source_of
from app.sources._cloudtrail_ecs import call_of
from app.sources._cloudtrail_resources import resources_of
from app.sources._cloudtrail_shapes import Attributes, Call, Document, Identity, Issuer, Session
from app.sources._envelopes import document_in
from app.sources._lists import in_lists, is_empty
from app.sources._moments import instant
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._values import text_of, truth_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "AWS CloudTrail"
TAKES = ("cloud",)

records = in_lists("Records", "Events", "logEvents")

_ENVELOPES = ("CloudTrailEvent", "detail", "_source", "event.original", "message", "@message")
"""LookupEvents, EventBridge, Elasticsearch, Beats, CloudWatch Logs."""
_DEEPEST = 4
"""Wrappers around a record."""
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_SESSION_KINDS = frozenset(("AssumedRole", "FederatedUser"))

_documents: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
_answers: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return the call that one document tells of; raises RecordRejected when it cannot be told."""
    try:
        call = _opened(record.raw, 0)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    if isinstance(call, str):
        return Ignored(record, call)
    return Taken(record, (_called(call, context),))


def _opened(raw: bytes, depth: int) -> Call | str:
    """Return the record in a document, out of what is wrapped around it, or the kind of what is no call."""
    document = _documents.decode(raw)
    if document.event_name is not None and document.event_source is not None:
        return document
    if document.digest_start is not None:
        return "digest"
    if is_empty(document.records) or is_empty(document.events):
        return "empty list"
    if document.event_type == "AwsCloudTrailInsight":
        return "AwsCloudTrailInsight"
    inner = document_in(raw, *_ENVELOPES) if depth < _DEEPEST else None
    if inner is not None:
        call = _opened(inner, depth + 1)
        if not isinstance(call, str) and call.event_time is None:
            call.event_time = document.looked_up_time
        return call
    found = call_of(raw) if document.aws else None
    if found is None or found.event_name is None or found.event_source is None:
        raise RecordRejected("not a record of CloudTrail's: it has no eventSource and eventName")
    return found


def _called(call: Call, context: Context) -> ApiCalled:
    who = call.user_identity or Identity()
    session = who.session_context or Session()
    issuer = session.session_issuer or Issuer()
    service, operation = text_of(call.event_source), text_of(call.event_name)
    if not service or not operation:
        raise RecordRejected("eventSource and eventName must say what was called")
    identity, kind = _identity(call, who, service)
    role, name = text_of(issuer.arn), None
    if kind in _SESSION_KINDS or session_in(identity):
        name = identity.rpartition("/")[2] if "/" in identity else (text_of(who.principal_id) or "").partition(":")[2]
    elif kind == "AWSAccount" and ":" in identity and not identity.startswith("arn:"):
        # Another account's role is known by its number alone: AROA…:session.
        role, _, name = identity.partition(":")
    remote_ip, caller = source_of(text_of(call.source))
    error, authenticated = _error(call, operation)
    return ApiCalled(
        at=_moment(call),
        sensor="cloudtrail",
        provider="aws",
        account=_account(call, who, identity, context),
        identity=identity,
        identity_kind=kind,
        identity_name=_shown(text_of(issuer.user_name)) or _shown(text_of(who.user_name)),
        issuer=role or None,
        session=name or None,
        authenticated=authenticated,
        access_key=text_of(who.access_key_id),
        service=service,
        operation=operation,
        region=text_of(call.region),
        remote_ip=remote_ip,
        remote_name=caller,
        user_agent=text_of(call.user_agent),
        error=error,
        read_only=truth_of(call.read_only),
        mfa=_mfa(call, session, operation),
        resources=resources_of(call),
        flags=_flags(call, who, session, identity),
        call=text_of(call.event_id),
    )


def _identity(call: Call, who: Identity, service: str) -> tuple[str, str | None]:
    """Return who called, and what AWS calls such an identity."""
    kind, invoker = text_of(who.type), text_of(who.invoked_by)
    arn = text_of(who.arn)
    if arn:
        return arn, kind
    if invoker and kind in (None, "AWSService"):
        return invoker, "AWSService"
    if kind in (None, "AWSService") and call.event_type == "AwsServiceEvent":
        return service, "AWSService"
    principal, user = text_of(who.principal_id), _shown(text_of(who.user_name))
    behalf = text_of(who.on_behalf_of.user_id) if who.on_behalf_of else None
    # A failed sign-in has a name and no ARN; a federated one has its provider in the principal.
    ordered = (user, principal) if kind == "IAMUser" else (principal, user)
    identity = next((one for one in (*ordered, behalf, invoker, text_of(who.account_id)) if one), None)
    if identity is None:
        raise RecordRejected("userIdentity: it does not say who called")
    return identity, kind


def _shown(name: str | None) -> str | None:
    return None if name == _HIDDEN else name


def _moment(call: Call) -> int:
    for value in (call.event_time, call.timestamp):
        if value not in (None, ""):
            # CloudTrail's times are UTC, also where a shipper cut the letter off.
            at = instant(value)
            if at is None:
                raise RecordRejected("eventTime: not a moment")
            return at
    raise RecordRejected("eventTime: it is missing")


def _account(call: Call, who: Identity, identity: str, context: Context) -> str:
    named = text_of(call.account) or text_of(who.account_id) or (identity if identity.startswith("arn:") else None)
    found = account_in(named) or context.host
    if not found:
        raise RecordRejected("the account is not known: neither recipientAccountId nor userIdentity names one")
    return found


def _error(call: Call, operation: str) -> tuple[str | None, bool]:
    """Return why a call failed, and whether its credentials were accepted."""
    code = text_of(call.error_code)
    if code:
        return code, is_accepted(code)
    if call.event_type == "AwsConsoleSignIn" and call.response:
        try:
            failed = _answers.decode(call.response).get(operation) == "Failure"
        except DECODE_ERRORS:
            failed = False
        if failed:
            return text_of(call.error_message) or "Failure", False
    return None, True


def _mfa(call: Call, session: Session, operation: str) -> bool | None:
    if operation == "ConsoleLogin" and call.more:
        try:
            used = _answers.decode(call.more).get("MFAUsed")
        except DECODE_ERRORS:
            used = None
        if isinstance(used, str):
            return truth_of(used)
    return truth_of((session.attributes or Attributes()).mfa_authenticated)


def _flags(call: Call, who: Identity, session: Session, identity: str) -> tuple[str, ...]:
    flags: list[str] = []
    if truth_of(call.from_console):
        flags.append("console")
    invoker = text_of(who.invoked_by)
    if invoker and invoker != identity:
        flags.append(f"invoked_by:{invoker}")
    delivery = text_of(session.ec2_role_delivery)
    if delivery:
        flags.append(f"ec2_role_delivery:{delivery}")
    return tuple(flags)
