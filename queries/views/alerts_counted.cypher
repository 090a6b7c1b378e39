/*
title = "How many alerts"
description = "The number of alerts that a filter lets through, of each host or in all."
params.given.type = "map"
params.given.is = """\
  ids: ids of alerts to choose from; null for all · \
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
  by_host: count each host's, or all together."""
*/
CALL () {
  // candidates: by id, by host, by rule, of composites, else by state
  UNWIND coalesce($given.ids, []) AS id
  MATCH (alert:Alert {id: id})
  RETURN alert
  UNION ALL
  UNWIND CASE WHEN $given.ids IS NULL THEN coalesce($given.hosts, []) ELSE [] END AS host
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(host, at)
  WHERE alert.host = host AND alert.at >= $given.since AND alert.at < $given.until
  RETURN alert
  UNION ALL
  UNWIND CASE WHEN $given.ids IS NULL AND $given.hosts IS NULL THEN coalesce($given.rules, []) ELSE [] END AS rule
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(rule, at)
  WHERE alert.rule = rule AND alert.at >= $given.since AND alert.at < $given.until
  RETURN alert
  UNION ALL
  UNWIND CASE WHEN coalesce($given.ids, $given.hosts, $given.rules) IS NULL AND $given.composite THEN [1] ELSE [] END AS one
  MATCH (alert:Alert)-[:MADE_OF]->(:Alert)
  RETURN DISTINCT alert
  UNION ALL
  UNWIND CASE
    WHEN coalesce($given.ids, $given.hosts, $given.rules) IS NULL AND NOT coalesce($given.composite, false) THEN $given.states
    ELSE []
  END AS state
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(state, at)
  WHERE alert.state = state AND alert.at >= $given.since AND alert.at < $given.until
  RETURN alert
  // end of candidates
}
WITH alert
WHERE ($given.hosts IS NULL OR alert.host IN $given.hosts)
  AND ($given.ids IS NULL OR alert.id IN $given.ids)
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
RETURN CASE WHEN $given.by_host THEN alert.host END AS host, count(*) AS count
