/*
title = "New external client address"
severity = "low"
maturity = "stable"
attack = ["T1190", "T1133"]
on = ["connection_in", "logged_in", "connection_out", "api_called"]
key = ["address"]
cap_by = "host"
message = "{address} connected to {host}; nothing in the deployment had been in contact with it for 90 days."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "An external address connected to, or logged in on, a host, with which nothing in the deployment had been in contact for 90 days."
why = "An intruder comes from somewhere, and mostly from where nobody came before."
blind_spots = "Public servers have new clients all day; there it is summed up."
benign = [
  "Any new client of a public service.",
  "An administrator on another network.",
]
investigate = [
  {ask = "What did it reach?", pivot = "peers", of = "address"},
  {ask = "Who logged in from there?", pivot = "logins_from", of = "address"},
]
resolve = [
  "Close as benign for a public service.",
  "Ask the user for a login.",
]
*/
MATCH (address:IpAddress)
USING INDEX SEEK address:IpAddress(novel_since)
WHERE address.novel_since >= $from AND address.novel_since < $to AND address.external
CALL (address) {
  MATCH (actor:Process {id: address.novel_by})-[:ACCEPTED_FROM {at: address.novel_since}]->(address)
  MATCH (actor)-[:RAN_ON]->(host:Host)
  RETURN actor, host
  UNION
  MATCH (actor:Session {id: address.novel_by})-[:ON]->(host:Host)
  RETURN actor, host
  UNION
  MATCH (host:Host {id: address.novel_by})
  RETURN host AS actor, host
}
OPTIONAL MATCH (feed:Feed {kind: CASE WHEN actor:Process THEN 'connection_in' ELSE 'logged_in' END})
RETURN address, actor, host, address.novel_since AS at,
       address.novel_since < feed.first_seen + $learning AS learning
