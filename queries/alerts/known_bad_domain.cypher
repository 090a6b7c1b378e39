/*
title = "Contact with a known bad domain"
severity = "high"
maturity = "stable"
attack = ["T1071.004", "T1568"]
on = ["name_resolved", "indicator"]
key = ["host", "domain"]
message = "{what} on {host} looked up {domain}, which threat intelligence knows ({source})."
description = "A process was in contact with a domain, or one under it, that threat intelligence names."
why = "Somebody has seen this name used for harm before."
blind_spots = "Addresses and names are given up and taken by others; mind the indicator's dates."
benign = [
  "A shared address, a sinkhole, or a scanner of your own.",
]
investigate = [
  {ask = "Which process, and who started it?", pivot = "ancestry", of = "process"},
  {ask = "Who else was in contact?", pivot = "peers", of = "domain"},
]
resolve = [
  "Block it.",
  "Restore the host to a known clean state if the process is not a known one.",
]
*/
MATCH (process:Process)-[contact:RESOLVED]->(domain:Domain)
USING INDEX SEEK contact:RESOLVED(at)
WHERE contact.at >= $from AND contact.at < $to
MATCH (domain)-[:PART_OF]->{0,1}(named:Domain)
MATCH (indicator:Indicator {about: named.id})
WHERE coalesce(indicator.valid_from <= contact.at, true) AND coalesce(contact.at < indicator.valid_until, true)
WITH process, contact, domain, indicator
ORDER BY coalesce(indicator.confidence, -1) DESC, indicator.id
WITH process, contact, domain, collect(indicator)[0] AS indicator
MATCH (process)-[:RAN_ON]->(host:Host)
OPTIONAL MATCH (binary:Binary {id: contact.binary})
RETURN host, domain, binary, process, indicator, coalesce(binary.name, 'Something') AS what,
       indicator.source AS source, contact.at AS at
ORDER BY at, process.id, contact.id
