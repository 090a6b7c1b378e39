"""Threat intelligence as a feed would send it: the story's hash among values that nobody here touches.

The hashes of other builds are facts computed from the binaries of hackerschoice/binary (see README.md).
"""

from seeds.story import HASH

COLUMNS = ("type", "value", "confidence", "source", "description", "valid_from", "valid_until", "tags")
_SINCE = "2026-02-01T00:00:00Z"
_OURS, _BUILDS, _REPORTS = "larkfield-intel", "hackerschoice-builds", "public-reports"
INDICATORS = (
    ("sha256", HASH, "85", _OURS, "Suspicious file: gs-netcat, remote access from behind NAT",
     _SINCE, "", "gsocket;remote-access;dual-use"),
    ("sha256", "ea15c1aeb424e3e6c69b51f93a583857bcadadd72205a611f20350033ea3452b", "70", _BUILDS,
     "gs-netcat build of 2021-04-23, x86-64 Debian", _SINCE, "", "gsocket;dual-use"),
    ("sha256", "445b1bf83f310437317446db3866c12ebd70e4d81e112ee03c68810bbaa5fd03", "70", _BUILDS,
     "gs-netcat build of 2021-04-23, i686 Debian", _SINCE, "", "gsocket;dual-use"),
    ("sha256", "46d2f08926ba0f719d225ad948163775fe3f8806408311e25226f092019e97fa", "70", _BUILDS,
     "gs-netcat build of 2021-04-23, x86-64 macOS", _SINCE, "", "gsocket;dual-use"),
    ("sha256", "917d620a2f3291a09397b801b29b346c14adffc48d7bb8026edbd997a902881b", "70", _BUILDS,
     "gs-netcat build of 2021-04-23, x86-64 FreeBSD", _SINCE, "", "gsocket;dual-use"),
    ("ip", "45.77.188.57", "60", _REPORTS, "Served gs-netcat in a campaign of 2025 and 2026",
     _SINCE, "2026-12-31T00:00:00Z", "campaign"),
    ("domain", "raiz3gjkgtfhkkc.not-reverse-shell.com", "50", _REPORTS,
     "Invented name of a reverse shell's listener, from Tetragon's book", _SINCE, "", "example"),
)  # fmt: skip
