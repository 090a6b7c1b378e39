/*
title = "Hosts, by name"
description = "One page of the hosts that a filter lets through, or their number."
params.text = {type = "string", is = "Part of the name, lower case; null for all."}
params.criticalities = {type = "strings", is = "Criticalities; null for all."}
params.first_since = {type = "integer", is = "First seen from this moment on."}
params.first_until = {type = "integer", is = "First seen before this moment."}
params.last_since = {type = "integer", is = "Last seen from this moment on."}
params.last_until = {type = "integer", is = "Last seen before this moment."}
params.novel_since = {type = "integer", is = "New since this moment or later; null where it does not matter."}
params.novel_until = {type = "integer", is = "New since before this moment; null where it does not matter."}
params.after_name = {type = "string", is = "Name of the row before the page; null for the first page."}
params.after_id = {type = "string", is = "Id of the row before the page."}
params.limit = {type = "integer", is = "Most rows; 0 to count instead."}
*/
CALL () {
  UNWIND CASE WHEN $limit > 0 THEN [1] ELSE [] END AS listed
  MATCH (host:Host)
  // filter
  WHERE ($text IS NULL OR toLower(host.name) CONTAINS $text)
    AND ($criticalities IS NULL OR host.criticality IN $criticalities)
    AND host.first_seen >= $first_since AND host.first_seen < $first_until
    AND host.last_seen >= $last_since AND host.last_seen < $last_until
    AND ($novel_since IS NULL OR host.novel_since >= $novel_since)
    AND ($novel_until IS NULL OR host.novel_since < $novel_until)
    // end of filter
    AND ($after_id IS NULL OR host.name > $after_name OR host.name = $after_name AND host.id > $after_id)
  RETURN host AS node, 1 AS count
  ORDER BY host.name, host.id
  LIMIT $limit
  UNION ALL
  UNWIND CASE WHEN $limit > 0 THEN [] ELSE [1] END AS counted
  MATCH (host:Host)
  // filter
  WHERE ($text IS NULL OR toLower(host.name) CONTAINS $text)
    AND ($criticalities IS NULL OR host.criticality IN $criticalities)
    AND host.first_seen >= $first_since AND host.first_seen < $first_until
    AND host.last_seen >= $last_since AND host.last_seen < $last_until
    AND ($novel_since IS NULL OR host.novel_since >= $novel_since)
    AND ($novel_until IS NULL OR host.novel_since < $novel_until)
    // end of filter
  RETURN null AS node, count(*) AS count
}
RETURN node, count
