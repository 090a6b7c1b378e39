/*
title = "Alerts of hosts, newest first"
description = "One page of the alerts of each host that a filter lets through."
params.given.type = "map"
params.given.is = """\
  hosts: ids of the hosts concerned; null for all · \
  states: the engine's word: any of these · \
  rules: names of rules; null for all · \
  severities: severities; null for all · \
  statuses: the analyst's word; null for all · \
  composite: composite or weak; null for both · \
  assignee: who works on it; null for all · \
  since: signals from this moment on · \
  until: signals before this moment · \
  text: words in title, message or rule, lower case; null for all · \
  after_at: moment of the row before the page; null for the first page · \
  after_id: id of the row before the page; null for the first page."""
params.limit = {type = "integer", is = "Most rows."}
*/
UNWIND $given.hosts AS host
CALL (host) {
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(host, at)
  WHERE alert.host = host AND alert.at <= coalesce($given.after_at, $given.until)
    AND ($given.after_id IS NULL OR alert.at < $given.after_at OR alert.id < $given.after_id)
    // filter
    AND alert.at >= $given.since AND alert.at < $given.until AND alert.state IN $given.states
    AND ($given.rules IS NULL OR alert.rule IN $given.rules)
    AND ($given.severities IS NULL OR alert.severity IN $given.severities)
    AND ($given.composite IS NULL OR alert.composite = $given.composite)
    AND ($given.text IS NULL OR toLower(alert.title + ' ' + alert.message + ' ' + alert.rule) CONTAINS $given.text)
    AND ($given.statuses IS NULL OR coalesce(alert.status, COLLECT {
      MATCH path = (alert)-[:REPLACES*1..8]->(old:Alert)
      WHERE old.status IS NOT NULL
      RETURN old.status
      ORDER BY length(path), old.id
      LIMIT 1
    }[0], 'OPEN') IN $given.statuses)
    AND ($given.assignee IS NULL OR coalesce(alert.assignee, COLLECT {
      MATCH path = (alert)-[:REPLACES*1..8]->(old:Alert)
      WHERE old.assignee IS NOT NULL
      RETURN old.assignee
      ORDER BY length(path), old.id
      LIMIT 1
    }[0]) = $given.assignee)
    // end of filter
  // the index's own first column leads, or its order is not used
  WITH alert
  ORDER BY alert.host DESC, alert.at DESC, alert.id DESC
  LIMIT $limit
  RETURN alert
}
RETURN host, alert
