/*
title = "Outbound connection to an external IP address new for this application"
severity = "low"
maturity = "stable"
attack = ["T1071"]
on = ["process", "logged_in", "api_called"]
key = ["binary", "address"]
cap_by = "binary"
message = "{binary} on {host} connected to {address} port {port}, known here, for the first time."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "A known application connected to a known external address that it had not been in contact with for 90 days."
why = "An application that suddenly talks to another's peer may be borrowed."
blind_spots = "A new port of a known peer is recorded and is no novelty by itself."
benign = [
  "An update of the application, or a peer that others used before.",
]
investigate = [
  {ask = "Which process, and who started it?", pivot = "ancestry", of = "process"},
  {ask = "Who else talks to it?", pivot = "peers", of = "address"},
]
resolve = [
  "Close as benign if the application is meant to talk to it.",
  "Look at what else the process did otherwise.",
]
*/
MATCH (binary:Binary)-[contacts:CONTACTS]->(address:IpAddress)
USING INDEX SEEK contacts:CONTACTS(novel_since)
WHERE contacts.novel_since >= $from AND contacts.novel_since < $to AND address.external
  AND binary.novel_since < contacts.novel_since AND address.novel_since < contacts.novel_since
  AND NOT EXISTS {
    MATCH (binary)-[other:CONTACTS]->(address)
    WHERE other.first_seen < contacts.novel_since
      AND any(seen IN other.sightings WHERE seen < contacts.novel_since
        AND contacts.novel_since / 86400000 - seen / 86400000 <= 90)
  }
MATCH (process:Process {id: contacts.novel_by})-[:RAN_ON]->(host:Host)
RETURN binary, address, process, host, contacts.port AS port, contacts.novel_since AS at,
       contacts.novel_since < binary.novel_since + $learning AS learning
ORDER BY at, port, process.id
