/*
title = "Potentially compromised host"
severity = "critical"
maturity = "stable"
attack = ["T1204.002", "T1219", "T1071", "T1572"]
after = [
  "alerts/new_application", "alerts/new_application_on_host", "alerts/new_child_process", "alerts/user_ran_new_application",
  "alerts/outbound_new_external_ip", "alerts/outbound_new_external_ip_from_application", "alerts/outbound_new_domain",
  "alerts/inbound_new_external_ip", "alerts/known_bad_file", "alerts/known_bad_ip", "alerts/known_bad_domain",
  "alerts/dual_use_tool", "alerts/privilege_escalation",
]
key = ["host"]
message = "{host} is potentially compromised: {pieces} pieces of evidence hang together, weight {score}."
params.warn = {type = "float", default = 50.0, is = "Weight at which an early warning goes out."}
params.raise = {type = "float", default = 125.0, is = "Weight at which the composite is raised, if nothing is missing."}
params.window = {type = "integer", default = 86400000, is = "Milliseconds within which pieces count together."}
params.lapse = {type = "integer", default = 86400000, is = "Milliseconds without new evidence after which an investigation lapses."}
params.weights = {type = "map", default = {new_application = 20.0, new_application_on_host = 8.0, new_child_process = 5.0, user_ran_new_application = 5.0, outbound_new_external_ip = 15.0, outbound_new_external_ip_from_application = 8.0, outbound_new_domain = 15.0, inbound_new_external_ip = 8.0, known_bad_file = 35.0, known_bad_ip = 35.0, known_bad_domain = 35.0, dual_use_tool = 20.0, privilege_escalation = 15.0}, is = "Weight of the first piece of each kind."}
params.again = {type = "float", default = 0.5, is = "Share of its weight that a second piece of a kind adds; further ones add nothing."}
params.benign_share = {type = "float", default = 0.5, is = "Share of its weight that a contact with a known benign party keeps."}
params.contained_share = {type = "float", default = 0.6, is = "Share of its weight that novelty keeps in a container without a login: images are rolled out all the time."}
params.root = {type = "float", default = 5.0, is = "Added when a piece ran as root."}
params.quiet = {type = "float", default = 5.0, is = "Added when nothing new had run on the host for `quiet_for`."}
params.quiet_for = {type = "integer", default = 1209600000, is = "Milliseconds without new software that make a host quiet."}
params.criticality = {type = "map", default = {MEDIUM = 2.0, HIGH = 5.0, CRITICAL = 10.0}, is = "Added for a host that people called critical."}
params.benign = {type = "strings", file = "known_benign.toml", is = "Registered domains and addresses that are harmless in themselves."}
params.managers = {type = "strings", file = "process_managers.toml", is = "Processes that start everybody's, and so tie nothing together."}
description = "Novelty of execution and novelty or badness of contact hang together on one host, with a dual-use tool, known bad or a privilege escalation among them."
why = "None of the pieces is enough alone, and most of what is new is harmless. What convicts is that they hang together: one host, one process tree, one session or one binary, within the window."
blind_spots = "An intruder who brings nothing new, runs as a known user and talks to known peers."
benign = ["A contractor or administrator who installs a remote-access tool for convenience: no malice, a real hole.", "A penetration test."]
investigate = [
  {ask = "How did it come in?", pivot = "ancestry", of = "host"},
  {ask = "What else was new on the host?", pivot = "first_times", of = "host"},
  {ask = "Are other hosts affected?", pivot = "like_this", of = "host"},
]
resolve = [
  "Isolate the host; keep its memory and disk.",
  "Disable the login user until the session is explained.",
  "Block the addresses, names and the file's hash everywhere.",
  "Restore the host to a known clean state.",
]
*/
UNWIND $subjects AS subject
MATCH (host:Host {id: subject})
MATCH (alert:Alert)
USING INDEX SEEK alert:Alert(host, at)
WHERE alert.host = host.id AND alert.at >= $from AND alert.at < $to
  AND alert.state = 'RAISED' AND alert.rule IN $after
// Threads: what ties a piece to others. A process belongs to its session, its login, its binary and its tree.
CALL (host, alert) {
  // Its own, so that a piece that nothing ties to others is a piece all the same.
  RETURN alert.id AS thread
  UNION
  MATCH (alert)-[:ABOUT]->(process:Process)
  MATCH (process)-[:SAME_AS]-{0,1}(one:Process)
  CALL (one) {
    MATCH (one)-[:IN_SESSION]->(session:Session)
    RETURN session.id AS thread
    UNION
    WITH one
    WHERE one.login IS NOT NULL
    RETURN 'login ' + one.login AS thread
    UNION
    MATCH (one)-[:EXECUTED]->(binary:Binary)
    WHERE NOT binary.basename IN $managers
    RETURN binary.id AS thread
    UNION
    MATCH (one)(()<-[:SPAWNED|LIKELY_SPAWNED]-(above:Process)
      WHERE NOT EXISTS { MATCH (above)-[:EXECUTED]->(manager:Binary) WHERE manager.basename IN $managers }){0,12}(ancestor)
    WHERE NOT EXISTS { MATCH (ancestor)-[:EXECUTED]->(manager:Binary) WHERE manager.basename IN $managers }
    RETURN ancestor.id AS thread
  }
  RETURN thread
  UNION
  MATCH (alert)-[:ABOUT]->(session:Session)
  RETURN session.id AS thread
  UNION
  MATCH (alert)-[:ABOUT]->(binary:Binary)
  WHERE alert.rule IN ['new_application', 'new_application_on_host', 'dual_use_tool'] AND NOT binary.basename IN $managers
  RETURN binary.id AS thread
  UNION
  MATCH (alert)-[:ABOUT]->(file:File)<-[holds:HOLDS]-(host)-[:RUNS]->(binary:Binary)
  WHERE binary.name = holds.path
  RETURN binary.id AS thread
}
WITH host, alert, collect(DISTINCT thread) AS threads
CALL (alert) {
  OPTIONAL MATCH (alert)-[:ABOUT]->(:Process)<-[:STARTED]-(user:User)
  RETURN coalesce(max(toInteger(user.name STARTS WITH 'root@')), 0) = 1 AS as_root
}
CALL (alert) {
  OPTIONAL MATCH (alert)-[:ABOUT]->(party:IpAddress|Domain)
  RETURN coalesce(max(toInteger(coalesce(party.registered, party.ip) IN $benign)), 0) = 1 AS benign_party
}
CALL (alert) {
  OPTIONAL MATCH (alert)-[:ABOUT]->(process:Process)-[:IN]->(:Container)
  RETURN count(process) > 0 AND NOT coalesce(max(toInteger(process.login IS NOT NULL)), 0) = 1 AS contained
}
CALL (alert) {
  OPTIONAL MATCH (alert)-[:ABOUT]->(process:Process)
  WHERE alert.rule IN ['new_application', 'new_application_on_host', 'new_child_process', 'user_ran_new_application']
  RETURN min(process.id) AS runs
}
WITH host, alert, threads, as_root, runs,
     coalesce($weights[alert.rule], 0.0)
       * CASE WHEN benign_party AND alert.rule STARTS WITH 'outbound' THEN $benign_share ELSE 1.0 END
       * CASE WHEN contained AND (alert.rule STARTS WITH 'new' OR alert.rule STARTS WITH 'outbound') THEN $contained_share ELSE 1.0 END
       AS weight
ORDER BY alert.at, alert.id
WITH host, collect({alert: alert, threads: threads, root: as_root, runs: runs, weight: weight}) AS pieces
UNWIND pieces AS last
WITH host, last.alert AS last, last.threads AS threads,
     [piece IN pieces WHERE piece.alert.at <= last.alert.at AND piece.alert.at > last.alert.at - $window] AS near
// Pieces hang together through others: a shell and a file by the binary that the shell started.
WITH host, last, near, reduce(tied = threads, piece IN near |
  CASE WHEN any(thread IN piece.threads WHERE thread IN tied) THEN tied + piece.threads ELSE tied END) AS threads
WITH host, last, near, reduce(tied = threads, piece IN reverse(near) |
  CASE WHEN any(thread IN piece.threads WHERE thread IN tied) THEN tied + piece.threads ELSE tied END) AS threads
WITH host, last, [piece IN near
  WHERE piece.alert.id = last.id OR any(thread IN piece.threads WHERE thread IN threads)] AS together
// Distinct kinds: what is new about one process counts once, as its heaviest; of each kind the heaviest piece
// counts whole and a second one in part.
CALL (together) {
  UNWIND together AS piece
  WITH piece.alert.rule AS rule, piece.weight AS weight,
       CASE WHEN piece.runs IS NULL THEN piece.alert.id ELSE piece.runs END AS thing
  ORDER BY weight DESC, rule
  WITH thing, collect({rule: rule, weight: weight}) AS same
  WITH same[0].rule AS rule, same[0].weight AS weight
  ORDER BY weight DESC
  WITH rule, collect(weight) AS weights
  RETURN sum(weights[0] + CASE WHEN size(weights) > 1 THEN $again * weights[1] ELSE 0.0 END) AS weight
}
CALL (host, together) {
  WITH host, together[0].alert.at AS first
  OPTIONAL MATCH (host)-[runs:RUNS]->(:Binary)
  WHERE runs.novel_since < first
  WITH first, max(runs.novel_since) AS before
  RETURN coalesce(before < first - $quiet_for, false) AS was_quiet
}
WITH host, last, together, weight, [piece IN together | piece.alert.rule] AS kinds, was_quiet,
     any(piece IN together WHERE piece.root) AS as_root
WITH *,
     any(kind IN kinds WHERE kind IN ['new_application', 'new_application_on_host', 'new_child_process', 'user_ran_new_application']) AS executes,
     any(kind IN kinds WHERE kind STARTS WITH 'outbound' OR kind STARTS WITH 'inbound' OR kind STARTS WITH 'known_bad') AS contacts,
     any(kind IN kinds WHERE kind IN ['dual_use_tool', 'privilege_escalation'] OR kind STARTS WITH 'known_bad') AS convicts
RETURN host AS subject, last, last.at AS at, [piece IN together | piece.alert] AS evidence,
       weight
         + CASE WHEN as_root THEN $root ELSE 0.0 END
         + CASE WHEN was_quiet THEN $quiet ELSE 0.0 END
         + coalesce($criticality[host.criticality], 0.0) AS score,
       [lack IN [
         CASE WHEN NOT executes THEN 'something new that runs' END,
         CASE WHEN NOT contacts THEN 'a new or known bad contact' END,
         CASE WHEN NOT convicts THEN 'a dual-use tool, known bad, or a privilege escalation' END
       ] WHERE lack IS NOT NULL] AS missing
ORDER BY at, last.id
