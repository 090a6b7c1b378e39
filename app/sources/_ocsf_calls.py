"""A call of a cloud's or a cluster's API, out of an OCSF record, as Security Lake makes them of CloudTrail and EKS.

Knows OCSF's attributes and puts them to where the cloud's own format has them (`cloudtrail`, `k8s_audit`), so that
a call that both tell of is one. A cluster is not named: without --host it is the account that it runs in.
"""

from app.errors import RecordRejected
from app.events import ApiCalled
from app.sources import Context
from app.sources._api_calls import (
    MOST_RESOURCES,
    account_in,
    is_accepted,
    reason_of,
    session_in,
    source_of,
    subject_kind,
)
from app.sources._ocsf_shapes import (
    Account,
    Actor,
    Answered,
    Api,
    Cloud,
    Endpoint,
    Event,
    Metadata,
    Product,
    Request,
    Resource,
    Session,
    User,
)
from app.sources._ocsf_who import moment_of
from app.sources._values import natural_of, present, text_of, truth_of

_READ = 2
_CHANGES = frozenset((1, 3, 4))
_FAILED = 2
_KUBERNETES = "kubernetes"


def is_call(event: Event) -> bool:
    """Say whether a record tells of an API's operation rather than of what happened on a device."""
    return event.api is not None and present(event.api.operation) is not None and event.device is None


def called(event: Event, activity: int | None, context: Context) -> ApiCalled:
    """Return the call; raises RecordRejected when it is not told who called what in which account.

    `activity` is what API Activity calls so; None for a login, which fails when nobody was accepted.
    """
    api, cloud, metadata = event.api or Api(), event.cloud or Cloud(), event.metadata or Metadata()
    actor = event.actor or Actor()
    user, session = actor.user or event.user or User(), actor.session or Session()
    product = metadata.product or Product()
    provider = _provider(cloud, product)
    is_cluster = provider == _KUBERNETES
    identity = _identity(user, actor, named_first=is_cluster)
    invoker = present(actor.invoked_by) or present(actor.app_name)
    side = event.src_endpoint or Endpoint()
    remote_ip, remote_name = source_of(present(side.ip) or present(side.svc_name) or present(side.domain))
    error, accepted = _error(event, api.response or Answered())
    resources = event.resources or []
    request = event.http_request or Request()
    return ApiCalled(
        at=moment_of(event),
        sensor="ocsf",
        provider=provider,
        account=_account(cloud, user, identity, context, is_cluster),
        identity=identity,
        identity_kind=subject_kind(identity) if is_cluster else present(user.type) or _kind_of(identity, invoker),
        identity_name=None if is_cluster else present(user.name),
        issuer=None if is_cluster else present(session.issuer),
        session=session_in(identity) or text_of(session.uid),
        authenticated=accepted and (error is None or activity is not None),
        access_key=present(user.credential_uid),
        service=_service(api, is_cluster, resources, product),
        operation=_operation(api, is_cluster, resources, request),
        region=present(cloud.region),
        remote_ip=remote_ip,
        remote_name=remote_name,
        user_agent=present(request.user_agent),
        error=error,
        read_only=True if activity == _READ else False if activity in _CHANGES else None,
        mfa=truth_of(session.is_mfa if session.is_mfa is not None else session.mfa),
        resources=tuple(dict.fromkeys(name for one in resources[:MOST_RESOURCES] if (name := _name_of(one)))),
        flags=(f"invoked_by:{invoker}",) if invoker and invoker != identity else (),
        call=present(metadata.uid) or (present(api.request.uid) if api.request and is_cluster else None),
    )


def _provider(cloud: Cloud, product: Product) -> str:
    named = present(product.name) or ""
    if "EKS" in named or _KUBERNETES in named.lower():
        return _KUBERNETES
    found = present(cloud.provider) or present(product.vendor_name) or named
    if not found:
        raise RecordRejected("cloud.provider: it does not say whose API was called")
    return found.lower()


def _identity(user: User, actor: Actor, *, named_first: bool) -> str:
    uid, name = text_of(user.uid), present(user.name)
    ids = [uid, present(user.uuid), present(user.uid_alt)]
    arns = [] if named_first else [one for one in ids if one and one.startswith("arn:")]
    others = [present(user.email_addr), present(actor.invoked_by), present(actor.app_name)]
    found = next((one for one in (*arns, name, *ids, *others) if one), None)
    if found is None:
        raise RecordRejected("actor.user: it does not say who called")
    return found


def _kind_of(identity: str, invoker: str | None) -> str | None:
    return "AWSService" if identity == invoker else None


def _account(cloud: Cloud, user: User, identity: str, context: Context, is_cluster: bool) -> str:
    if is_cluster and context.host:
        return context.host
    said = (
        (cloud.account or Account()).uid,
        cloud.account_uid,
        cloud.project_uid,
        (user.account or Account()).uid,
        user.account_uid,
        identity if identity.startswith("arn:") else None,
    )
    found = next((account for one in said if (account := account_in(text_of(one)))), None) or context.host
    if not found:
        raise RecordRejected("the account is not known: neither cloud.account nor actor.user.account names one")
    return found


def _service(api: Api, is_cluster: bool, resources: list[Resource], product: Product) -> str:
    if is_cluster:
        group = present(api.group.name) if api.group else None
        return group or ("core" if resources else "nonResourceURLs")
    service = present(api.service.name) if api.service else None
    found = service or present(product.name)
    if not found:
        raise RecordRejected("api.service: it does not say what was called")
    return found


def _operation(api: Api, is_cluster: bool, resources: list[Resource], request: Request) -> str:
    operation = api.operation or ""
    if not is_cluster or " " in operation:
        return operation
    kind = present(resources[0].type) if resources else None
    path = present(request.url.path) if request.url else None
    return f"{operation} {kind or path or ''}".rstrip()


def _error(event: Event, answer: Answered) -> tuple[str | None, bool]:
    """Return why a call failed, and whether its credentials were accepted."""
    code = natural_of(answer.code)
    if natural_of(event.status_id) != _FAILED and not present(answer.error) and (code is None or code < 400):
        return None, True
    reason = reason_of(code) if code is not None else None
    said = present(answer.error) or text_of(event.status_code) or reason or present(answer.message)
    return said or "Failure", is_accepted(said) and code != 401


def _name_of(resource: Resource) -> str | None:
    """Return an ARN as it is, and else the path of what was acted on."""
    uid, name, kind = text_of(resource.uid), present(resource.name), present(resource.type)
    if uid is not None and (uid.startswith("arn:") or name is None):
        return uid
    namespace = present(resource.namespace)
    parts = ("namespaces", namespace, kind, name) if namespace else (kind, name)
    return "/".join(part for part in parts if part) or None
