/*
title = "New child launched by an application"
severity = "low"
maturity = "stable"
attack = ["T1059"]
on = ["process"]
key = ["parent", "child"]
cap_by = "parent"
message = "{parent} launched {child} for the first time, on {host}."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "An application launched a child that it had not launched anywhere for 90 days, both being known."
why = "What a service launches is stable; an exploited one launches shells and tools."
blind_spots = "A child of a shell in between is the shell's."
benign = [
  "A new job in a scheduler or pipeline.",
  "An administrator's shell, which launches whatever is typed.",
]
investigate = [
  {ask = "Through what was it started?", pivot = "ancestry", of = "process"},
  {ask = "What did the child do?", pivot = "descendants", of = "process"},
]
resolve = [
  "Close as benign if the job is known.",
  "Look for an inbound connection to the parent otherwise.",
]
*/
MATCH (parent:Binary)-[launches:LAUNCHES]->(child:Binary)
USING INDEX SEEK launches:LAUNCHES(novel_since)
WHERE launches.novel_since >= $from AND launches.novel_since < $to
  AND parent.novel_since < launches.novel_since AND child.novel_since < launches.novel_since
MATCH (process:Process {id: launches.novel_by})-[:RAN_ON]->(host:Host)
RETURN parent, child, process, host, launches.novel_since AS at,
       launches.novel_since < parent.novel_since + $learning AS learning
