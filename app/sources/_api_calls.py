"""What formats share of calls to a cloud's or a cluster's API: who called, from where, in which account, why not.

Knows AWS's ARNs and Kubernetes' names and words, which other formats repeat; other clouds have no such forms.
"""

import re
from http import HTTPStatus

from app.sources._network import address

MOST_RESOURCES = 32
_NOT_ACCEPTED = frozenset(
    (
        "AuthFailure", "Client.AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
        "InvalidAccessKeyId", "InvalidClientTokenId", "MissingAuthenticationToken", "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    )
)  # fmt: skip
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_ROLES_SESSION = ":assumed-role/"
ANONYMOUS = "system:anonymous"
_SUBJECTS = {"system:serviceaccount:": "ServiceAccount", "system:node:": "Node", ANONYMOUS: "Anonymous"}


def is_accepted(error: str | None) -> bool:
    """Say whether the credentials were accepted, as far as an error tells: some say that nobody knows who it was."""
    return error not in _NOT_ACCEPTED


def source_of(text: str | None) -> tuple[str | None, str | None]:
    """Return the address that called, or the name of the service that did."""
    if text is None:
        return None, None
    if _IPV4.fullmatch(text):
        # Published recordings are made anonymous digit by digit, which leaves zeros in front.
        text = ".".join(str(int(part)) for part in text.split("."))
    ip = address(text)
    return (ip, None) if ip else (None, text)


def session_in(identity: str) -> str | None:
    """Return the session's name in the ARN of a role's session."""
    return identity.rpartition("/")[2] or None if _ROLES_SESSION in identity else None


def account_in(text: str | None) -> str | None:
    """Return an account's number or name, out of an ARN too."""
    if text is None:
        return None
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        text = parts[4] if len(parts) == 6 else ""
    # A shipper that makes numbers of texts takes the zeros away.
    return text.zfill(12) if text.isascii() and text.isdigit() else text or None


def subject_kind(name: str) -> str:
    """Return what kind of a subject Kubernetes knows by a name."""
    return next((kind for start, kind in _SUBJECTS.items() if name.startswith(start)), "User")


def reason_of(code: int) -> str:
    """Return Kubernetes' word for an error's status, which is HTTP's without blanks."""
    return HTTPStatus(code).phrase.replace(" ", "") if code in HTTPStatus._value2member_map_ else str(code)
