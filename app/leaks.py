"""Where secrets stand in a command line: passwords, keys and tokens, as people really pass them.

Pure; knows how programs take their secrets and nothing of how they are masked (`app/mask.py`). It errs
on the side of masking after names and options that say "secret", and never touches what only looks
random: hashes, commits, ids, paths and hosts stay readable.

Command lines are anybody's to write and may have megabytes, so every pattern starts at a fixed word and
has bounded repeats: the work grows with the length and with nothing else.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from app.leaking_options import ARG, Span, is_reference, option_spans

__all__ = ["ARG", "Span", "is_name", "spans"]

# --- by name: password=…, --token …, "secret": "…" ---------------------------------------------------

_NAMES = (
    r"(?:password|passwd|passphrase|passwort|sshpass|storepass|keypass|(?<![a-z])pass|(?<![a-z])pwd|(?<![a-z])psk"
    r"|secret|token|credentials?|rediscli_auth"
    r"|(?:api|access|secret|account|private|shared|sharedaccess|encryption|master|signing|session|workspace"
    r"|auth|storage)[-_]?key|sharedaccesssignature)"
)
_BARE = r"(?:[^\s\"'&;|,\\]|,(?!\w{1,32}=)|\\(?![\"'])){1,4096}"
_QUOTED = rf"\\?[\"'](?P<quoted>(?:[^\"'\\{ARG}]|\\(?![\"'])){{1,4096}})"
_NAMED = re.compile(
    rf"{_NAMES}(?:\\?[\"'])?[ \t]{{0,3}}[=:][ \t]{{0,3}}(?:{_QUOTED}|(?P<bare>{_BARE}))",
    re.IGNORECASE,
)
_NAMED_ARG = re.compile(rf"(?<={ARG})-{{0,2}}[\w.-]{{0,48}}?{_NAMES}=(?P<bare>[^{ARG}]{{1,65536}})", re.IGNORECASE)
_OPTION = re.compile(
    rf"(?<![^\s\"'(=])--?(?:[A-Za-z0-9]{{1,20}}[-_.]){{0,6}}[A-Za-z0-9]{{0,20}}?"
    rf"(?:{_NAMES}|auth|creds|bearer)"
    rf"(?:{ARG}(?!-)(?P<arg>[^{ARG}]{{1,65536}})"
    rf"|[ \t]{{1,8}}(?!-)(?:{_QUOTED}|(?P<bare>[^\s\"']{{1,4096}})))",
    re.IGNORECASE,
)

# --- by what they look like, or by what stands before them -------------------------------------------

_URL = re.compile(
    rf"://(?:[^\s/@:\"'{ARG}]{{0,256}}:(?P<bare>[^\s/\"'{ARG}]{{1,512}})|(?P<alone>[A-Za-z0-9_.-]{{20,256}}))@"
)
_QUERY = re.compile(r"[?&](?:sig|signature|x-amz-signature|key|code|auth)=(?P<bare>[^\s&\"'#]{8,4096})", re.IGNORECASE)
_HEADER = re.compile(
    r"(?:authorization|cookie|x-[a-z-]{0,32}(?:token|key|auth))(?:\\?[\"'])?[ \t]{0,3}[:=]"
    r"[ \t]{0,3}(?:\\?[\"'])?"
    rf"(?:(?:bearer|basic|token|digest|negotiate|apikey)[ \t]{{1,3}})?(?P<bare>[^\"'\\{ARG}\r\n]{{1,8192}})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"bearer[ \t]{1,3}(?P<bare>[\w.~+/-]{8,8192}={0,2})", re.IGNORECASE)
_PASS = re.compile(rf"(?<![A-Za-z])pass:(?P<bare>[^\s\"'{ARG}]{{1,1024}})")
_SHAPED = re.compile(
    r"(?P<bare>(?<![\w-])eyJ[\w-]{8,8192}\.[\w-]{8,8192}(?:\.[\w-]{0,8192})?"
    r"|(?<![\w-])(?:gh[pousr]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abeoprs]-[\w-]{10,255}"
    r"|sk-[\w-]{20,255}|[rs]k_live_\w{10,255}|AIza[\w-]{35}|hv[sb]\.[\w-]{20,255}|npm_\w{30,64}"
    r"|ya29\.[\w-]{20,1024}|dop_v1_\w{32,128}|\d{8,10}:AA[\w-]{33}))"
)
_AWS_PAIR = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{16}[\s:,;\"'=]{1,8}(?:\w{1,40}[=:\"' ]{1,4})?"
    r"(?P<bare>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----(?P<bare>[^-]{1,65536})")
_PIPED = re.compile(
    rf"echo[\s{ARG}]{{1,4}}(?:-[neE]{{1,3}}\s{{1,4}})?[\"']?(?:[^\s:\"'|]{{1,64}}:)?(?P<bare>[^\s\"'|]{{1,256}})[\"']?"
    r"\s{0,4}\|\s{0,4}(?:sudo\s{1,4})?(?:chpasswd|sudo\s{1,4}(?:-[A-Za-z]{1,8}\s{1,4}){0,3}-[A-RT-Za-z]{0,4}S)"
)

_SQLPLUS = re.compile(
    rf"sqlplus[\s{ARG}]{{1,4}}(?:-\w{{1,8}}[\s{ARG}]{{1,4}}){{0,4}}[\"']?[^/@\s\"'-]{{1,64}}/(?P<bare>[^@\s\"']{{1,128}})"
)

# A pattern is tried only where one of its words occurs: looking for a word is a hundred times cheaper.
_NAME_WORDS = "pass pwd psk secret token credential key rediscli_auth accesssignature"
_SHAPE_WORDS = "eyj gh glpat- xox sk- k_live_ aiza hvs. hvb. npm_ ya29. dop_v1_ :aa"
_PATTERNS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_NAMED, tuple(_NAME_WORDS.split())),
    (_OPTION, (*_NAME_WORDS.split(), "-auth", "creds", "bearer")),
    (_URL, ("://",)),
    (_QUERY, ("sig=", "signature=", "key=", "code=", "auth=")),
    (_HEADER, ("authorization", "cookie", "x-")),
    (_BEARER, ("bearer",)),
    (_PASS, ("pass:",)),
    (_SHAPED, tuple(_SHAPE_WORDS.split())),
    (_AWS_PAIR, ("akia", "asia")),
    (_PEM, ("private key-----",)),
    (_PIPED, ("chpasswd", "sudo")),
    (_SQLPLUS, ("sqlplus",)),
)
_WORDS = tuple(sorted({word for _, words in _PATTERNS for word in words}))

_NO_SECRETS = frozenset(
    (
        "true",
        "false",
        "yes",
        "no",
        "none",
        "null",
        "stdin",
        "-",
        "prompt",
        "ask",
        "required",
        "disabled",
        "enabled",
    )
)
MASKED = re.compile("‹masked:[0-9a-f]{8}›")
"""What stands where a secret stood."""
_VERSION = re.compile(r"v?\d{1,4}(?:\.\d{1,6}){0,4}(?:-\w{1,16})?|latest|stable")


def spans(text: str) -> list[Span]:
    """Return where the secrets in `text` stand, in order and without overlap.

    The arguments of a list come with an `ARG` before each.
    """
    low = text.lower()
    found: list[Span] = []
    hits = {word for word in _WORDS if word in low}
    if hits:
        for pattern, words in _PATTERNS:
            if not hits.isdisjoint(words):
                found += _of_pattern(pattern, text)
        if ARG in text:
            found += _of_pattern(_NAMED_ARG, text)
    found += option_spans(text, low)
    if found and "‹masked:" in text:
        found = _unmasked(text, found)
    return _joined(found) if found else found


def is_name(name: str) -> bool:
    """Say whether a field of this name (of a JSON object, say) holds a secret."""
    return _NAME.search(name) is not None


_NAME = re.compile(rf"{_NAMES}\Z", re.IGNORECASE)


def _of_pattern(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        group = match.lastgroup
        if group is None:
            continue
        start = match.start(group)
        value = match.group(group)
        if value.startswith("pass:"):
            value, start = value[5:], start + 5
        if value.lower() in _NO_SECRETS or is_reference(value):
            continue
        if pattern in (_NAMED, _NAMED_ARG) and not _is_assigned(match, value):
            continue
        yield start, match.end(group)


def _is_assigned(match: re.Match[str], value: str) -> bool:
    """Say whether name and value are one, where "password:" may be an image, PWD the folder, a prompt …"""
    text, start = match.string, match.start(match.lastgroup or 0)
    if value.startswith(("/", "~")) and re.search(r"(?<!_)PWD=[\"']?\Z", text[max(0, start - 6) : start]):
        return False
    if text[start - 1] == ":":
        return not _VERSION.fullmatch(value)
    return True


def _unmasked(text: str, found: list[Span]) -> list[Span]:
    """Return those that do not touch what is masked already."""
    masked = [match.span() for match in MASKED.finditer(text)]
    starts = [start for start, _ in masked]
    kept = []
    for start, end in found:
        before = bisect_left(starts, end) - 1
        if before < 0 or masked[before][1] <= start:
            kept.append((start, end))
    return kept


def _joined(found: list[Span]) -> list[Span]:
    found.sort()
    joined = [found[0]]
    for start, end in found[1:]:
        if start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
