/*
title = "What happened around alerts"
description = "The intrusion graph of each alert: what it speaks of, the processes that show it, who started them from where, and what they contacted around that time; of a composite, that of all its evidence."
params.given = {type = "map", is = "ids: ids of the alerts."}
params.around = {type = "integer", default = 3600000, is = "Milliseconds before and after the signal in which contacts count."}
params.pieces = {type = "integer", default = 50, is = "Most weak alerts of a composite that are read."}
params.processes = {type = "integer", default = 60, is = "Most processes of the evidence that are read."}
params.contacts = {type = "integer", default = 20, is = "Most contacts of a process that are read."}
*/
UNWIND $given.ids AS id
MATCH (alert:Alert {id: id})
CALL (alert) {
  OPTIONAL MATCH (alert)-[:MADE_OF]->(piece:Alert)
  WITH piece
  ORDER BY piece.at, piece.id
  LIMIT $pieces
  RETURN collect(piece) AS pieces
}
WITH id, [alert] + pieces AS alerts
CALL (alerts) {
  UNWIND alerts AS one
  MATCH (one)-[:ABOUT]->(node)
  WITH DISTINCT node
  ORDER BY node.id
  RETURN collect(node) AS about
}
CALL (alerts) {
  UNWIND alerts AS one
  CALL (one) {
    UNWIND one.evidence AS evidence
    MATCH (process:Process {id: evidence})
    RETURN process
    UNION
    MATCH (one)-[:ABOUT]->(process:Process)
    RETURN process
  }
  MATCH (process)-[:SAME_AS*0..3]-(member:Process)
  WITH member, min(one.at) - $around AS first, max(one.at) + $around AS last
  ORDER BY first, member.id
  WITH collect({process: member, first: first, last: last}) AS found
  RETURN found[..$processes] AS acts, size(found) AS all_acts
}
CALL (acts) {
  UNWIND acts AS act
  WITH act.process AS process
  OPTIONAL MATCH (process)-[:SAME_AS*0..2]-(:Process)<-[:SPAWNED]-(p1:Process)
  OPTIONAL MATCH (p1)-[:SAME_AS*0..2]-(:Process)<-[:SPAWNED]-(p2:Process)
  OPTIONAL MATCH (p2)-[:SAME_AS*0..2]-(:Process)<-[:SPAWNED]-(p3:Process)
  OPTIONAL MATCH (p3)-[:SAME_AS*0..2]-(:Process)<-[:SPAWNED]-(p4:Process)
  OPTIONAL MATCH (p4)-[:SAME_AS*0..2]-(:Process)<-[:SPAWNED]-(p5:Process)
  OPTIONAL MATCH (p5)-[:SAME_AS*0..2]-(:Process)<-[:SPAWNED]-(p6:Process)
  UNWIND [p1, p2, p3, p4, p5, p6] AS parent
  MATCH (parent)-[:SAME_AS*0..2]-(member:Process)
  WITH DISTINCT member
  ORDER BY member.started_at DESC, member.id
  LIMIT $processes
  RETURN collect(member) AS parents
}
WITH id, alerts, about, acts, all_acts, [act IN acts | act.process] AS shown, parents
WITH id, alerts, about, acts, all_acts, shown, shown + [one IN parents WHERE NOT one IN shown] AS processes
OPTIONAL CALL (processes) {
  UNWIND processes AS process
  MATCH (process)-[edge:EXECUTED|RAN_ON|IN_SESSION|IN]->(other)
  RETURN edge, other
  UNION
  UNWIND processes AS process
  MATCH (process)<-[edge:STARTED]-(other:User)
  RETURN edge, other
  UNION
  UNWIND processes AS process
  MATCH (process)<-[edge:SPAWNED]-(other:Process)
  WHERE other IN processes
  RETURN edge, other
  UNION
  UNWIND processes AS process
  MATCH (process)-[edge:SAME_AS]->(other:Process)
  WHERE other IN processes
  RETURN edge, other
}
WITH id, alerts, about, acts, all_acts, shown, processes, collect(edge) AS hanging, collect(DISTINCT other) AS others
CALL (acts) {
  UNWIND acts AS act
  WITH act.process AS process, act.first AS first, act.last AS last
  CALL (process, first, last) {
    MATCH (process)-[edge:CONNECTED_TO|ACCEPTED_FROM|RESOLVED|WROTE|READ|DELETED]->(other)
    WHERE edge.at >= first AND edge.at <= last
    WITH edge, other
    ORDER BY edge.at, edge.id
    WITH other, type(edge) AS kind, edge.port AS port, head(collect(edge)) AS edge
    ORDER BY edge.at, edge.id
    WITH collect({edge: edge, other: other}) AS found
    RETURN found[..$contacts] AS some, size(found) AS number
  }
  WITH collect(some) AS lists, sum(number) AS all_contacts
  RETURN reduce(joined = [], some IN lists | joined + some) AS contacts, all_contacts
}
WITH *, all_contacts - size(contacts) + all_acts - size(acts) AS left_out,
     [contact IN contacts | contact.other] AS contacted
OPTIONAL CALL (alerts, others) {
  UNWIND alerts AS one
  UNWIND one.evidence AS evidence
  MATCH (session:Session {id: evidence})
  RETURN session
  UNION
  UNWIND others AS session
  WITH session
  WHERE session:Session
  RETURN session
}
WITH id, about, shown, processes, hanging, others, contacts, contacted, left_out, collect(session) AS sessions
CALL (sessions) {
  UNWIND sessions AS session
  MATCH (session)-[edge:CAME_FROM|ON|OPENED]-(other)
  RETURN collect(edge) AS logins, collect(DISTINCT other) AS origins
}
WITH id, about, shown, left_out, hanging + [contact IN contacts | contact.edge] + logins AS found,
     about + processes + sessions + others + contacted + origins AS every
CALL (every) {
  UNWIND every AS node
  RETURN collect(DISTINCT node) AS nodes
}
CALL (nodes) {
  UNWIND nodes AS source
  UNWIND nodes AS target
  WITH source, target
  WHERE (source:Host AND (target:Binary OR target:File))
     OR (source:Binary AND (target:Binary OR target:File OR target:IpAddress OR target:Domain))
     OR (source:IpAddress AND target:Binary)
     OR (source:Domain AND (target:IpAddress OR target:Domain))
     OR (source:User AND (target:User OR target:Host))
  MATCH (source)-[edge:RUNS|HOLDS|HAS|LAUNCHES|CONTACTS|RESOLVES_TO|PART_OF|BECAME|LOGS_IN_TO]->(target)
  RETURN collect(edge) AS behaviour
}
CALL (found, behaviour) {
  UNWIND found + behaviour AS edge
  WITH DISTINCT edge
  RETURN collect({
    id: edge.id, kind: type(edge), source: startNode(edge).id, target: endNode(edge).id, properties: properties(edge)
  }) AS edges
}
RETURN id, nodes, edges, left_out, [one IN about | one.id] AS about, [one IN shown | one.id] AS evidence
