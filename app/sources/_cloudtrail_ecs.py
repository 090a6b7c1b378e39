"""CloudTrail's records as Beats and Elastic Agent store them: in the Elastic Common Schema.

Knows no events. The fields are put back to where CloudTrail has them, so that there is one reading of them.
Requests and answers are no JSON there, and are left out.
"""

import msgspec
from msgspec import Struct

from app.sources._cloudtrail_shapes import Attributes, Call, Identity, Issuer, Session
from app.sources._values import Value


class _SessionIssuer(Struct):
    arn: Value = None
    user_name: Value = None


class _SessionContext(Struct):
    session_issuer: _SessionIssuer | None = None
    mfa_authenticated: Value = None


class _UserIdentity(Struct):
    type: Value = None
    arn: Value = None
    access_key_id: Value = None
    invoked_by: Value = None
    session_context: _SessionContext | None = None


class _Trail(Struct):
    user_identity: _UserIdentity | None = None
    event_type: Value = None
    event_id: Value = None
    error_code: Value = None
    error_message: Value = None
    recipient_account_id: Value = None
    read_only: Value = None


class _Aws(Struct):
    cloudtrail: _Trail | None = None


class _Event(Struct):
    provider: Value = None
    action: str | list[str] | None = None
    id: Value = None
    outcome: Value = None


class _Account(Struct):
    id: Value = None


class _Cloud(Struct):
    account: _Account | None = None
    region: Value = None


class _Source(Struct):
    address: Value = None
    ip: Value = None


class _Agent(Struct):
    original: Value = None


class _User(Struct):
    name: Value = None
    id: Value = None


class _Ecs(Struct, rename={"timestamp": "@timestamp"}):
    timestamp: Value = None
    aws: _Aws | None = None
    event: _Event | None = None
    cloud: _Cloud | None = None
    source: _Source | None = None
    user: _User | None = None
    user_agent: _Agent | None = None


_decoder: msgspec.json.Decoder[_Ecs] = msgspec.json.Decoder(_Ecs)


def call_of(raw: bytes) -> Call | None:
    """Return the record that a document of the Elastic Common Schema stands for; None when it is none of AWS's.

    Raises what the decoder raises.
    """
    said = _decoder.decode(raw)
    trail = said.aws.cloudtrail if said.aws else None
    if trail is None:
        return None
    event, cloud, source, user = (
        said.event or _Event(),
        said.cloud or _Cloud(),
        said.source or _Source(),
        said.user or _User(),
    )
    who = trail.user_identity or _UserIdentity()
    session = None
    if who.session_context is not None:
        issuer = who.session_context.session_issuer or _SessionIssuer()
        session = Session(
            session_issuer=Issuer(arn=issuer.arn, user_name=issuer.user_name),
            attributes=Attributes(mfa_authenticated=who.session_context.mfa_authenticated),
        )
    failed = event.outcome == "failure"
    action = next(iter(event.action), None) if isinstance(event.action, list) else event.action
    return Call(
        user_identity=Identity(
            type=who.type,
            arn=who.arn,
            principal_id=user.id,
            user_name=user.name,
            access_key_id=who.access_key_id,
            invoked_by=who.invoked_by,
            session_context=session,
        ),
        event_time=said.timestamp,
        event_source=event.provider,
        event_name=action,
        event_type=trail.event_type,
        event_id=trail.event_id or event.id,
        region=cloud.region,
        source=source.address or source.ip,
        user_agent=said.user_agent.original if said.user_agent else None,
        error_code=trail.error_code or (trail.error_message or "failure" if failed else None),
        read_only=trail.read_only,
        account=trail.recipient_account_id or (cloud.account.id if cloud.account else None),
    )
