"""`polygraph new`: the two files of a new detection or pivot, in the form that `check` wants.

What a person must still say is marked, and `check` names each mark; the case files hold events that nothing
answers to yet.
"""

import re
from pathlib import Path

from app.errors import ConfigError
from app.schema import ROOT

_QUERIES = {
    "alert": """/*
title = "TODO: what an analyst reads in a list"
severity = "low"
maturity = "experimental"
attack = ["T1204"] # TODO: techniques of ATT&CK
on = ["process_started"] # TODO: the kinds of event that may change what is asked
key = ["host", "binary"] # TODO: what makes it one alert a day
message = "{binary} ran on {host}." # TODO: one sentence with the columns
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt."}
description = "TODO: one sentence: what was seen."
why = "TODO: why it matters, three sentences at most."
blind_spots = "TODO: what it does not see."
benign = ["TODO: when it is harmless."]
investigate = [
  {ask = "Who started it?", pivot = "ancestry", of = "process"}, # TODO: what to ask next
]
resolve = ["TODO: what to do."]
*/
// TODO: start from what is new, by an index, and read through novel_by.
MATCH (host:Host)-[runs:RUNS]->(binary:Binary)
USING INDEX SEEK runs:RUNS(novel_since)
WHERE runs.novel_since >= $from AND runs.novel_since < $to
MATCH (process:Process {id: runs.novel_by})
RETURN host, binary, process, runs.novel_since AS at,
       runs.novel_since < host.novel_since + $learning AS learning
""",
    "composite": """/*
title = "TODO: what an analyst reads in a list"
severity = "high"
maturity = "experimental"
attack = ["T1204"] # TODO: techniques of ATT&CK
after = ["alerts/new_application"] # TODO: the alerts that it reads
key = ["host"]
message = "{host}: {pieces} pieces of evidence hang together, weight {score}." # TODO: one sentence
params.warn = {type = "float", default = 20.0, is = "Weight at which an early warning goes out."}
params.raise = {type = "float", default = 40.0, is = "Weight at which it is raised, if nothing is missing."}
params.window = {type = "integer", default = 86400000, is = "Milliseconds within which pieces count together."}
params.lapse = {type = "integer", default = 86400000, is = "Milliseconds after which an investigation lapses."}
description = "TODO: one sentence: what must hang together."
why = "TODO: why the pieces together convict, three sentences at most."
blind_spots = "TODO: what it does not see."
benign = ["TODO: when it is harmless."]
investigate = [
  {ask = "What else was new on the host?", pivot = "first_times", of = "host"}, # TODO: what to ask next
]
resolve = ["TODO: what to do."]
*/
UNWIND $subjects AS subject
MATCH (host:Host {id: subject})
MATCH (alert:Alert)
USING INDEX SEEK alert:Alert(host, at)
WHERE alert.host = host.id AND alert.at >= $from AND alert.at < $to
  AND alert.state = 'RAISED' AND alert.rule IN $after
WITH host, alert
ORDER BY alert.at, alert.id
WITH host, collect(alert) AS pieces
UNWIND pieces AS last
WITH host, last, [piece IN pieces WHERE piece.at <= last.at AND piece.at > last.at - $window] AS together
// TODO: keep what hangs together, weigh it, and say what is missing.
RETURN host AS subject, last, last.at AS at, together AS evidence, 10.0 * size(together) AS score,
       [lack IN [CASE WHEN size(together) < 2 THEN 'a second piece' END] WHERE lack IS NOT NULL] AS missing
ORDER BY at, last.id
""",
    "pivot": """/*
title = "TODO: the question, in words"
of = "Binary" # TODO: the label that it is asked of
description = "TODO: one sentence: what it answers."
*/
// TODO: the question; $id is the node's, $from and $to the window, $limit the most rows.
MATCH (binary:Binary {id: $id})<-[runs:RUNS]-(host:Host)
WHERE runs.last_seen >= $from AND runs.first_seen < $to
RETURN host, runs.first_seen AS first_seen, runs.last_seen AS last_seen
ORDER BY first_seen, host.name
LIMIT $limit
""",
}

_CASES = {
    "alert": """# TODO: a story that fires, and the same story with one thing changed that stays quiet.
window = [8_640_000_000, 8_726_400_000]
story = [
  {at = 0, kind = "process_started", host = "web-1", pid = 1, binary = "/usr/sbin/nginx"},
  {at = 8_650_000_000, kind = "process_started", host = "web-1", pid = 9, binary = "/usr/bin/socat"},
]
fires = [{host = "web-1", binary = "/usr/bin/socat"}]

[[quiet]]
because = "TODO: the reason"
drop = [1]
""",
    "composite": """# TODO: a story that fires, and the same story with one thing changed that stays quiet.
story = [
  {at = 0, kind = "process_started", host = "web-1", pid = 1, binary = "/usr/sbin/nginx"},
  {at = 8_650_000_000, kind = "process_started", host = "web-1", pid = 9, binary = "/usr/bin/socat"},
]
fires = [{host = "web-1", phase = "COMPOSITE", score = ">= 40", missing = []}]

[[quiet]]
because = "TODO: the reason"
drop = [1]
""",
    "pivot": """# TODO: a story, the node that is asked about, and what the pivot answers.
story = [
  {at = 0, kind = "process_started", host = "web-1", pid = 1, binary = "/usr/sbin/nginx"},
]
of = {label = "Binary", name = "/usr/sbin/nginx"}
rows = [{host = "web-1"}]
""",
}


def scaffold(kind: str, name: str, root: Path = ROOT) -> list[Path]:
    """Write the query and the case of a new alert, composite or pivot, and return their paths.

    Raises ConfigError when the name is none, or taken.
    """
    if kind not in _QUERIES:
        raise ConfigError(f"`{kind}` is none of {', '.join(_QUERIES)}")
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise ConfigError(f"`{name}` is no name for a file: small letters, digits and single underscores")
    folder = f"{kind}s"
    made = {
        root / "queries" / folder / f"{name}.cypher": _QUERIES[kind],
        root / "tests" / "cases" / folder / f"{name}.toml": _CASES[kind],
    }
    taken = [path for path in made if path.exists()]
    if taken:
        raise ConfigError(f"{taken[0].relative_to(root)} is there already")
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(made)
