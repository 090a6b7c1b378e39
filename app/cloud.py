"""Turn a call of a cloud's or a cluster's API into rows.

Pure, as `project`, which hands such events over. The call is evidence; that its identity calls the operation,
acts in the region and acts from the address is behaviour, with novelty.

A call that was refused is evidence, and no sighting of the operation: one may ask for what one may not have. It
still shows who was active, where and from where, unless the credentials themselves were not accepted. A
resource or an image that a request names is no sighting either: naming it does not make it run or exist.
"""

from collections.abc import Iterator

from app import things
from app.events import ApiCalled
from app.identity import Network, caller_of
from app.ids import clean
from app.rows import Row, behaviour, link
from app.things import Thing, short


def rows(event: ApiCalled, internal: tuple[Network, ...]) -> Iterator[Row]:
    """Yield what one call says about nodes and relationships, but for the feed."""
    at, provider = event.at, short(event.provider)
    caller = caller_of(event.account, event.identity, event.issuer)
    identity = things.of("Identity", provider=provider, account=caller.account, principal=caller.principal)
    # Where the provider gives it no id, a call is what is said of it.
    call = things.once("ApiCall", provider=provider, account=event.account, native_id=event.call or event.id)
    by = call.id if event.authenticated else None
    named = short(event.identity_name or caller.name)
    yield call.row(at, None, _told(event))
    yield identity.row(at, by, {"name": named, "type": event.identity_kind and short(event.identity_kind)})
    yield link("Identity", "MADE", "ApiCall", (identity.id, call.id))
    remote = things.address(event.remote_ip, internal) if event.remote_ip else None
    if remote:
        yield remote.row(at, by)
        yield link("ApiCall", "CAME_FROM", "IpAddress", (call.id, remote.id))
        if by:
            yield behaviour("Identity", "ACTS_FROM", "IpAddress", (identity.id, remote.id), at, by)
    if event.region is not None and by:
        region = things.of("Region", provider=provider, name=short(event.region))
        yield region.row(at, by)
        yield behaviour("Identity", "ACTS_IN", "Region", (identity.id, region.id), at, by)
    if event.error is None and by:
        api = things.of("Api", provider=provider, service=short(event.service), operation=short(event.operation))
        yield api.row(at, by)
        yield behaviour("Identity", "CALLS", "Api", (identity.id, api.id), at, by)
    yield from _named(event, provider, call)


def _told(event: ApiCalled) -> dict[str, object]:
    """Return what a record tells of the call; two sensors' words for one call merge."""
    return {
        "at": event.at,
        "service": short(event.service),
        "operation": short(event.operation),
        "authenticated": event.authenticated,
        "identity": clean(event.identity),
        "session": event.session and short(event.session),
        "access_key": event.access_key and short(event.access_key),
        "region": event.region and short(event.region),
        "remote_name": event.remote_name and short(event.remote_name),
        "user_agent": event.user_agent and clean(event.user_agent),
        "error": event.error and short(event.error),
        "read_only": event.read_only,
        "mfa": event.mfa,
        "command": clean(" ".join(event.args)) or None,
        "flags": sorted({clean(flag) for flag in event.flags}) or None,
    }


def _named(event: ApiCalled, provider: str, call: Thing) -> Iterator[Row]:
    """Yield what the request names."""
    for name in event.resources:
        parts = name.split(":", 5)
        owner = parts[4] if len(parts) == 6 and parts[0] == "arn" else ""
        resource = things.of("CloudResource", provider=provider, account=owner or event.account, name=name)
        yield resource.row(event.at)
        yield link("ApiCall", "ACTED_ON", "CloudResource", (call.id, resource.id))
    for text in event.images:
        found = things.image(text)
        if found:
            image, versions = found
            yield image.row(event.at, None, {"tags": versions or None})
            yield link("ApiCall", "DEPLOYED", "Image", (call.id, image.id))
