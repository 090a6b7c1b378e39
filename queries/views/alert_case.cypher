/*
title = "What people said of alerts"
description = "Status, assignee, tickets and comments of each alert and of those that it replaces, the nearest first, and what replaces what."
params.given = {type = "map", is = "ids: ids of the alerts."}
*/
UNWIND $given.ids AS id
MATCH (alert:Alert {id: id})
CALL (alert) {
  MATCH path = (alert)-[:REPLACES*0..8]->(said:Alert)
  WITH said, min(length(path)) AS distance
  ORDER BY distance, said.id
  RETURN collect(said {.status, .close_reason, .assignee, .tickets}) AS words
}
CALL (alert) {
  MATCH (alert)-[:REPLACES*0..8]->(:Alert)<-[:ON_ALERT]-(comment:Comment)
  WITH DISTINCT comment
  ORDER BY comment.at DESC, comment.id DESC
  LIMIT 200
  RETURN collect(comment) AS comments
}
RETURN id, words, comments,
       COLLECT { MATCH (alert)-[:REPLACES]->(old:Alert) RETURN old.id ORDER BY old.id } AS replaces,
       COLLECT { MATCH (alert)<-[:REPLACES]-(new:Alert) RETURN new.id ORDER BY new.id } AS replaced_by
