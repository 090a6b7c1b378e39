/*
title = "Application new to this host"
severity = "low"
maturity = "stable"
attack = ["T1204.002"]
on = ["process", "logged_in", "container_started"]
key = ["host", "binary"]
cap_by = "binary"
message = "{binary}, known elsewhere, ran for the first time on {host}."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "A known binary ran on a host that had not run it for 90 days."
why = "Tools an intruder brings are new to the host, whatever their name."
blind_spots = "A known interpreter running a new script is new_application's."
benign = [
  "A package upgrade; the package manager is among the ancestors.",
  "A roll-out: the same binary is new on many hosts on one day, and is summed up.",
]
investigate = [
  {ask = "Who started it?", pivot = "ancestry", of = "process"},
  {ask = "Where else does it run?", pivot = "prevalence", of = "binary"},
]
resolve = [
  "Close as benign if the owner expected it.",
  "Isolate the host otherwise.",
]
*/
MATCH (host:Host)-[runs:RUNS]->(binary:Binary)
USING INDEX SEEK runs:RUNS(novel_since)
WHERE runs.novel_since >= $from AND runs.novel_since < $to
  AND binary.novel_since < runs.novel_since
MATCH (process:Process {id: runs.novel_by})
RETURN host, binary, process, runs.novel_since AS at,
       runs.novel_since >= host.novel_since AND runs.novel_since < host.novel_since + $learning AS learning
