/*
title = "Contact with a known bad address"
severity = "high"
maturity = "stable"
attack = ["T1071"]
on = ["connection_out", "indicator"]
key = ["host", "address"]
message = "{what} on {host} connected to {address}, which threat intelligence knows ({source})."
description = "A process was in contact with an address that threat intelligence names."
why = "Somebody has seen this address used for harm before."
blind_spots = "Addresses and names are given up and taken by others; mind the indicator's dates."
benign = [
  "A shared address, a sinkhole, or a scanner of your own.",
]
investigate = [
  {ask = "Which process, and who started it?", pivot = "ancestry", of = "process"},
  {ask = "Who else was in contact?", pivot = "peers", of = "address"},
]
resolve = [
  "Block it.",
  "Restore the host to a known clean state if the process is not a known one.",
]
*/
MATCH (process:Process)-[contact:CONNECTED_TO]->(address:IpAddress)
USING INDEX SEEK contact:CONNECTED_TO(at)
WHERE contact.at >= $from AND contact.at < $to
MATCH (indicator:Indicator {about: address.id})
WHERE coalesce(indicator.valid_from <= contact.at, true) AND coalesce(contact.at < indicator.valid_until, true)
WITH process, contact, address, indicator
ORDER BY coalesce(indicator.confidence, -1) DESC, indicator.id
WITH process, contact, address, collect(indicator)[0] AS indicator
MATCH (process)-[:RAN_ON]->(host:Host)
OPTIONAL MATCH (binary:Binary {id: contact.binary})
RETURN host, address, binary, process, indicator, coalesce(binary.name, 'Something') AS what,
       indicator.source AS source, contact.at AS at
ORDER BY at, process.id, contact.id
