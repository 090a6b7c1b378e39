/*
title = "Outbound connection to a new domain"
severity = "medium"
maturity = "stable"
attack = ["T1071.004", "T1568"]
on = ["connection_out", "name_resolved"]
key = ["domain"]
cap_by = "binary"
message = "{binary} on {host} connected to {domain} port {port}; nothing in the deployment had for 90 days."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "A process connected to an address that its host had looked up under a name which nothing in the deployment had been in contact with for 90 days."
why = "Attackers' infrastructure has names of its own, often young ones."
blind_spots = "Names that are looked up by other means than the host's sensor sees, such as DNS over HTTPS."
benign = [
  "A new service of a known provider: see whether its registered domain is new too.",
]
investigate = [
  {ask = "Which process, and who started it?", pivot = "ancestry", of = "process"},
  {ask = "Is its registered domain known?", pivot = "like_this", of = "domain"},
  {ask = "Who else talks to it since?", pivot = "peers", of = "domain"},
]
resolve = [
  "Block the name if nobody knows it.",
  "Close as benign otherwise.",
]
*/
MATCH (domain:Domain)
USING INDEX SEEK domain:Domain(novel_since)
WHERE domain.novel_since >= $from AND domain.novel_since < $to
MATCH (process:Process {id: domain.novel_by})-[connected:CONNECTED_TO {at: domain.novel_since}]->(:IpAddress)
MATCH (binary:Binary {id: connected.binary})-[contacts:CONTACTS]->(domain)
WHERE contacts.port = connected.port AND contacts.protocol = connected.protocol
  AND domain.novel_since IN contacts.sightings
MATCH (process)-[:RAN_ON]->(host:Host)
OPTIONAL MATCH (domain)-[:PART_OF]->(registered:Domain)
OPTIONAL MATCH (feed:Feed {kind: 'name_resolved'})
RETURN domain, binary, process, host, registered, contacts.port AS port, domain.novel_since AS at,
       domain.novel_since < feed.first_seen + $learning AS learning
ORDER BY at, port, connected.id
