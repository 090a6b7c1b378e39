/*
title = "Alerts of hosts, newest first"
description = "One page of the alerts of each host that a filter lets through."
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
params.after_at = {type = "integer", is = "Moment of the row before the page; null for the first page."}
params.after_id = {type = "string", is = "Id of the row before the page; null for the first page."}
params.limit = {type = "integer", is = "Most rows."}
*/
UNWIND $hosts AS host
CALL (host) {
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(host, at)
  WHERE alert.host = host AND alert.at <= coalesce($after_at, $until)
    AND ($after_id IS NULL OR alert.at < $after_at OR alert.id < $after_id)
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
  // the index's own first column leads, or its order is not used
  WITH alert
  ORDER BY alert.host DESC, alert.at DESC, alert.id DESC
  LIMIT $limit
  RETURN alert
}
RETURN host, alert
