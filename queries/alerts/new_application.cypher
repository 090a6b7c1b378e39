/*
title = "New application"
severity = "medium"
maturity = "stable"
attack = ["T1204.002", "T1059"]
on = ["process", "container_started"]
key = ["application"]
cap_by = "host"
message = "{application} ran on {host} and nowhere in the deployment in the 90 days before."
params.learning = {type = "integer", default = 604800000, is = "Milliseconds for which what is new is learnt and not raised."}
description = "Software ran that had not run anywhere in the deployment for 90 days: a binary, a script, a JAR, a main class, or a container image."
why = "Attackers must run something, and what they run is often new here, even when it is an ordinary administration tool."
blind_spots = "Software that hides under the path of a known one; look at its content hash."
benign = [
  "Software is introduced all the time: look for a deployment, a package manager or a ticket among the ancestors.",
]
investigate = [
  {ask = "Who started it, and through what?", pivot = "ancestry", of = "process"},
  {ask = "Where else did it run since?", pivot = "prevalence", of = "application"},
  {ask = "What else was new on the host around then?", pivot = "first_times", of = "host"},
  {ask = "Whom did it talk to?", pivot = "contacts", of = "process"},
]
resolve = [
  "Ask the owner of the host or the login user whether it was meant.",
  "If an administration tool seems to be misused, review the logs of source and destination, disable the user, and restore the host to a known clean state.",
  "Close as benign with the reason otherwise.",
]
*/
CALL () {
  MATCH (application:Binary)
  USING INDEX SEEK application:Binary(novel_since)
  WHERE application.novel_since >= $from AND application.novel_since < $to
  RETURN application
  UNION ALL
  MATCH (application:Image)
  USING INDEX SEEK application:Image(novel_since)
  WHERE application.novel_since >= $from AND application.novel_since < $to
  RETURN application
}
MATCH (process:Process|Container {id: application.novel_by})-[:RAN_ON|ON]->(host:Host)
OPTIONAL MATCH (feed:Feed {kind: CASE WHEN process:Container THEN 'container_started' ELSE 'process_started' END})
// Before the first start of any process is seen, all is learnt: what acts then was there before.
RETURN application, process, host, application.novel_since AS at,
       $learning > 0 AND coalesce(application.novel_since < feed.first_seen + $learning, true) AS learning
