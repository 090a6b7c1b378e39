"""Put together what a record says of a container: its id, and the reference of its image."""


def container_id(said: str | None) -> str | None:
    """Return a container's id without its runtime ("containerd://…"); None for the host itself."""
    found = said.rpartition("://")[2] if said else None
    return None if not found or found == "host" else found


def image_reference(name: str | None, tag: str | None = None, digest: str | None = None) -> str | None:
    """Return an image's reference with tag and digest, as far as they are said."""
    if not name:
        return None
    if tag and ":" not in name.rpartition("/")[2]:
        name = f"{name}:{tag}"
    digest = (digest or "").rpartition("@")[2]
    return f"{name}@{digest}" if digest.startswith("sha256:") and "@" not in name else name
