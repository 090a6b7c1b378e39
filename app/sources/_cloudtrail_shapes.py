"""The fields of CloudTrail's records that are read, typed; all others are skipped unread.

Knows no events. What an operation was asked and what it answered is different for each, and is looked into
only where needed.
"""

from msgspec import Raw, Struct

from app.sources._values import Value


class Issuer(Struct, rename="camel"):
    """Who issued a session's credentials."""

    arn: Value = None
    user_name: Value = None


class Attributes(Struct, rename="camel"):
    """How a session was authenticated."""

    mfa_authenticated: Value = None


class Session(Struct, rename="camel"):
    """A session's context; for users with lasting keys it is absent or empty."""

    session_issuer: Issuer | None = None
    attributes: Attributes | None = None
    ec2_role_delivery: Value = None


class OnBehalfOf(Struct, rename="camel"):
    """The user of an identity centre."""

    user_id: Value = None


class Identity(Struct, rename="camel"):
    """Who called."""

    type: Value = None
    arn: Value = None
    principal_id: Value = None
    account_id: Value = None
    user_name: Value = None
    access_key_id: Value = None
    invoked_by: Value = None
    session_context: Session | None = None
    on_behalf_of: OnBehalfOf | None = None


class Resource(Struct, rename={"upper": "ARN"}):
    """A resource; written ARN, and arn by some shippers."""

    upper: Value = None
    arn: Value = None


class Call(
    Struct,
    rename={
        "user_identity": "userIdentity",
        "event_time": "eventTime",
        "timestamp": "@timestamp",
        "event_source": "eventSource",
        "event_name": "eventName",
        "event_type": "eventType",
        "event_id": "eventID",
        "region": "awsRegion",
        "source": "sourceIPAddress",
        "user_agent": "userAgent",
        "error_code": "errorCode",
        "error_message": "errorMessage",
        "read_only": "readOnly",
        "account": "recipientAccountId",
        "from_console": "sessionCredentialFromConsole",
        "request": "requestParameters",
        "response": "responseElements",
        "more": "additionalEventData",
    },
):
    """One record."""

    user_identity: Identity | None = None
    event_time: Value = None
    timestamp: Value = None
    event_source: Value = None
    event_name: Value = None
    event_type: Value = None
    event_id: Value = None
    region: Value = None
    source: Value = None
    user_agent: Value = None
    error_code: Value = None
    error_message: Value = None
    read_only: Value = None
    account: Value = None
    from_console: Value = None
    resources: Raw = Raw()
    request: Raw = Raw()
    response: Raw = Raw()
    more: Raw = Raw()


class Document(
    Call,
    rename={
        "looked_up_time": "EventTime",
        "digest_start": "digestStartTime",
        "records": "Records",
        "events": "Events",
    },
):
    """A record, or what others wrap around one."""

    looked_up_time: Value = None
    """LookupEvents' own time of a record."""
    aws: Raw = Raw()
    """Beats and Elastic Agent, in the Elastic Common Schema."""
    digest_start: Value = None
    records: Raw = Raw()
    events: Raw = Raw()
