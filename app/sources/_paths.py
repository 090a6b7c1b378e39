"""Put a path together from what a record has of it."""


def absolute(path: str, cwd: str | None) -> str:
    """Return a path from the root, where the directory that it starts from is known."""
    if path.startswith("/") or not cwd or not cwd.startswith("/"):
        return path
    return f"{cwd.rstrip('/')}/{path.removeprefix('./')}"
