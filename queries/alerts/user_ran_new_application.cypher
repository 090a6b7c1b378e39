/*
title = "User launched an application new to that user"
severity = "low"
maturity = "stable"
attack = ["T1078", "T1204.002"]
on = ["process", "logged_in"]
key = ["user", "binary"]
cap_by = "binary"
message = "{user} ran {binary} for the first time, on {host}."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "A known user ran a known binary that this user had not run for 90 days."
why = "A stolen account does what its owner never did."
blind_spots = "Shared accounts have run everything."
benign = [
  "A user's new task.",
]
investigate = [
  {ask = "What else did the session do?", pivot = "same_user_session", of = "process"},
  {ask = "Who else runs it?", pivot = "prevalence", of = "binary"},
]
resolve = [
  "Ask the user.",
  "Disable the account if the user knows nothing of it.",
]
*/
MATCH (user:User)-[uses:USES]->(binary:Binary)
USING INDEX SEEK uses:USES(novel_since)
WHERE uses.novel_since >= $from AND uses.novel_since < $to
  AND user.novel_since < uses.novel_since AND binary.novel_since < uses.novel_since
MATCH (process:Process {id: uses.novel_by})-[:RAN_ON]->(host:Host)
RETURN user, binary, process, host, uses.novel_since AS at,
       uses.novel_since < user.novel_since + $learning AS learning
