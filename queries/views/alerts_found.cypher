/*
title = "Alerts, in any order"
description = "One page of the alerts that a filter lets through, out of those with an id, about an entity, of hosts, of rules, or all."
params.ids = {type = "strings", is = "Ids of alerts to choose from; null for all."}
params.entity = {type = "string", is = "Id of something that they speak of; null for all."}
params.hosts = {type = "strings", is = "Ids of the hosts concerned; null for all."}
params.states = {type = "strings", is = "The engine's word: any of these."}
params.rules = {type = "strings", is = "Names of rules; null for all."}
params.severities = {type = "strings", is = "Severities; null for all."}
params.statuses = {type = "strings", is = "The analyst's word; null for all."}
params.composite = {type = "boolean", is = "Composite or weak; null for both."}
params.assignee = {type = "string", is = "Who works on it; null for all."}
params.since = {type = "integer", is = "Signals from this moment on."}
params.until = {type = "integer", is = "Signals before this moment."}
params.text = {type = "string", is = "Words in title, message or rule, lower case; null for all."}
params.order = {type = "string", is = "AT, RAISED_AT, SEVERITY or SCORE."}
params.sign = {type = "integer", is = "1 for ascending, -1 for descending."}
params.after_rank = {type = "float", is = "What the row before the page is ordered by; null for the first page."}
params.after_at = {type = "integer", is = "Moment of the row before the page; null for the first page."}
params.after_id = {type = "string", is = "Id of the row before the page; null for the first page."}
params.limit = {type = "integer", is = "Most rows."}
*/
CALL () {
  // candidates: by id, by what they speak of, by host, by rule, of composites, else by state
  UNWIND coalesce($ids, []) AS id
  MATCH (alert:Alert {id: id})
  RETURN alert
  UNION ALL
  MATCH (entity:Host {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:User {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Session {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (:Process {id: $entity})-[:SAME_AS*0..3]-(entity:Process)<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Binary {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:IpAddress {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Domain {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Port {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Path {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:File {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Container {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Image {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  MATCH (entity:Indicator {id: $entity})<-[:ABOUT]-(alert:Alert)
  RETURN DISTINCT alert
  UNION ALL
  UNWIND CASE WHEN $ids IS NULL AND $entity IS NULL THEN coalesce($hosts, []) ELSE [] END AS host
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(host, at)
  WHERE alert.host = host AND alert.at >= $since AND alert.at < $until
  RETURN alert
  UNION ALL
  UNWIND CASE WHEN $ids IS NULL AND $entity IS NULL AND $hosts IS NULL THEN coalesce($rules, []) ELSE [] END AS rule
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(rule, at)
  WHERE alert.rule = rule AND alert.at >= $since AND alert.at < $until
  RETURN alert
  UNION ALL
  UNWIND CASE WHEN coalesce($ids, $hosts, $rules) IS NULL AND $entity IS NULL AND $composite THEN [1] ELSE [] END AS one
  MATCH (alert:Alert)-[:MADE_OF]->(:Alert)
  RETURN DISTINCT alert
  UNION ALL
  UNWIND CASE
    WHEN coalesce($ids, $hosts, $rules) IS NULL AND $entity IS NULL AND NOT coalesce($composite, false) THEN $states
    ELSE []
  END AS state
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(state, at)
  WHERE alert.state = state AND alert.at >= $since AND alert.at < $until
  RETURN alert
  // end of candidates
}
WITH alert
WHERE ($hosts IS NULL OR alert.host IN $hosts)
  AND ($ids IS NULL OR alert.id IN $ids)
  // filter
  AND alert.at >= $since AND alert.at < $until AND alert.state IN $states
  AND ($rules IS NULL OR alert.rule IN $rules)
  AND ($severities IS NULL OR alert.severity IN $severities)
  AND ($composite IS NULL OR alert.composite = $composite)
  AND ($text IS NULL OR toLower(alert.title + ' ' + alert.message + ' ' + alert.rule) CONTAINS $text)
  AND ($statuses IS NULL OR coalesce(alert.status, COLLECT {
    MATCH path = (alert)-[:REPLACES*1..8]->(old:Alert)
    WHERE old.status IS NOT NULL
    RETURN old.status
    ORDER BY length(path), old.id
    LIMIT 1
  }[0], 'OPEN') IN $statuses)
  AND ($assignee IS NULL OR coalesce(alert.assignee, COLLECT {
    MATCH path = (alert)-[:REPLACES*1..8]->(old:Alert)
    WHERE old.assignee IS NOT NULL
    RETURN old.assignee
    ORDER BY length(path), old.id
    LIMIT 1
  }[0]) = $assignee)
  // end of filter
WITH alert, $sign * CASE $order
  WHEN 'AT' THEN alert.at
  WHEN 'RAISED_AT' THEN alert.raised_at
  WHEN 'SCORE' THEN coalesce(alert.score, 0.0)
  ELSE CASE alert.severity WHEN 'CRITICAL' THEN 4 WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 ELSE 1 END
END AS rank
WHERE $after_id IS NULL OR rank > $after_rank
   OR rank = $after_rank AND (alert.at < $after_at OR alert.at = $after_at AND alert.id < $after_id)
RETURN alert, rank
ORDER BY rank, alert.at DESC, alert.id DESC
LIMIT $limit
