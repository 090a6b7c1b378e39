"""Read auth.log and secure, as syslog daemons write them or journald exports them: logins, su and sudo.

First stage of the flow: knows nothing of the graph. One login is written about several times; taken is what
says most, and the rest is counted by who wrote it.

- sshd: accepted, failed, and refused before anything was tried. Its sessions, and what PAM says of it,
  repeat that, and are not taken but from old systems that log by PAM alone.
- Logins at the console, at a desktop or by FTP are PAM's sessions; those of cron and systemd are none.
- su is its session; sudo is its COMMAND=, which is taken as the change of user and as the start of a process
  with no number. Refused ones changed nothing.
- RFC 3164 writes local time without a year: it is of the newest year that does not put the line more than a
  day beyond `Context.not_after`, and of the zone `Context.utc_offset`.
"""

from app.sources import Context, Ignored, Record, Taken, by_line
from app.sources._auth_messages import said
from app.sources._syslog_lines import entry_of

TITLE = "auth.log / secure (syslog, journald)"
TAKES = ("login", "privilege", "process")

records = by_line


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one line says; raises RecordRejected when it cannot be told."""
    events, kind = said(entry_of(record.raw, context))
    return Taken(record, tuple(events)) if events else Ignored(record, kind)
