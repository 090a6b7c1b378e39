/*
title = "New privilege escalation"
severity = "medium"
maturity = "stable"
attack = ["T1548", "T1078.003"]
on = ["process", "logged_in"]
key = ["login", "effective"]
cap_by = "login"
message = "A session of {login} reached {effective} for the first time, on {host}."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "A login session reached an effective user that sessions of this login user had not reached for 90 days."
why = "Who gains another's rights for the first time either got a new task or stole them."
blind_spots = "Sensors without a login user (auid) do not show it."
benign = [
  "A newly granted sudo right.",
]
investigate = [
  {ask = "How was it reached?", pivot = "ancestry", of = "process"},
  {ask = "What else did the session do?", pivot = "same_user_session", of = "process"},
]
resolve = [
  "Ask the user, and whoever grants rights.",
  "Disable the account if nobody granted it.",
]
*/
MATCH (login:User)-[became:BECAME]->(effective:User)
USING INDEX SEEK became:BECAME(novel_since)
WHERE became.novel_since >= $from AND became.novel_since < $to
  AND login.novel_since < became.novel_since AND effective.novel_since < became.novel_since
MATCH (process:Process {id: became.novel_by})-[:RAN_ON]->(host:Host)
RETURN login, effective, process, host, became.novel_since AS at,
       became.novel_since < login.novel_since + $learning AS learning
