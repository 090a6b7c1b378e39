/*
title = "Remote-access, tunnelling or scanning tool"
severity = "medium"
maturity = "stable"
attack = ["T1219", "T1572", "T1046"]
on = ["process"]
key = ["host", "binary"]
message = "{binary} ran on {host}: a tool of administrators and of intruders."
params.tools = {type = "strings", file = "dual_use_tools.toml", is = "File names of dual-use tools, lower case."}
description = "A tool for remote access, tunnelling, relaying or scanning ran."
why = "Intruders live off tools that no signature calls malicious."
blind_spots = "A renamed tool; its content hash and its peers tell."
benign = [
  "An administrator at work: look for a login session and a ticket.",
]
investigate = [
  {ask = "Who started it?", pivot = "ancestry", of = "process"},
  {ask = "Whom did it talk to?", pivot = "contacts", of = "process"},
  {ask = "Is it usual here?", pivot = "prevalence", of = "binary"},
]
resolve = [
  "Ask the login user.",
  "Remove the tool where it has no business.",
]
*/
// By when it was first seen: its start or, where the sensor came later, the first that it did. An act whose
// process is not known to have started is no run of its own, and neither is a sensor's first word of one that
// started more than a day before.
MATCH (process:Process)
USING INDEX SEEK process:Process(first_seen)
WHERE process.first_seen >= $from AND process.first_seen < $to AND process.started_at > process.first_seen - 86400000
MATCH (process)-[:EXECUTED]->(binary:Binary)
WHERE binary.basename IN $tools
MATCH (process)-[:RAN_ON]->(host:Host)
RETURN host, binary, process, process.first_seen AS at
ORDER BY at, process.id, binary.id
