/*
title = "Outbound connection to a new external IP address"
severity = "medium"
maturity = "stable"
attack = ["T1071", "T1571"]
on = ["connection_out", "connection_in", "logged_in", "api_called"]
key = ["address"]
cap_by = "binary"
message = "{what} on {host} connected to {address} port {port}; nothing in the deployment had for 90 days."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "A process connected to an external address that nothing in the deployment had been in contact with for 90 days."
why = "Command and control, staging and exfiltration need a peer, and it is seldom one of the usual ones."
blind_spots = "Peers behind addresses shared with known services, such as content delivery networks."
benign = [
  "Services move between addresses: look at the name that it was resolved from.",
]
investigate = [
  {ask = "Which process, and who started it?", pivot = "ancestry", of = "process"},
  {ask = "Under what name was it known?", pivot = "resolved_by", of = "address"},
  {ask = "Who else talks to it since?", pivot = "peers", of = "address"},
]
resolve = [
  "Block the address if nobody knows it.",
  "Add it to the known ones otherwise.",
]
*/
MATCH (address:IpAddress)
USING INDEX SEEK address:IpAddress(novel_since)
WHERE address.novel_since >= $from AND address.novel_since < $to AND address.external
MATCH (process:Process {id: address.novel_by})-[connected:CONNECTED_TO {at: address.novel_since}]->(address)
MATCH (process)-[:RAN_ON]->(host:Host)
OPTIONAL MATCH (binary:Binary {id: connected.binary})
OPTIONAL MATCH (feed:Feed {kind: 'connection_out'})
RETURN address, binary, process, host, coalesce(binary.name, 'Something') AS what, connected.port AS port,
       address.novel_since AS at, address.novel_since < feed.first_seen + $learning AS learning
ORDER BY at, port, connected.id
