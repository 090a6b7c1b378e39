/*
title = "Hosts, by name"
description = "One page of the hosts that a filter lets through, or their number."
params.given.type = "map"
params.given.is = """\
  text: part of the name, lower case; null for all · \
  criticalities: criticalities; null for all · \
  first_since: first seen from this moment on · \
  first_until: first seen before this moment · \
  last_since: last seen from this moment on · \
  last_until: last seen before this moment · \
  novel_since: new since this moment or later; null where it does not matter · \
  novel_until: new since before this moment; null where it does not matter · \
  after_name: name of the row before the page; null for the first page · \
  after_id: id of the row before the page."""
params.limit = {type = "integer", is = "Most rows; 0 to count instead."}
*/
CALL () {
  UNWIND CASE WHEN $limit > 0 THEN [1] ELSE [] END AS listed
  MATCH (host:Host)
  // filter
  WHERE ($given.text IS NULL OR toLower(host.name) CONTAINS $given.text)
    AND ($given.criticalities IS NULL OR host.criticality IN $given.criticalities)
    AND host.first_seen >= $given.first_since AND host.first_seen < $given.first_until
    AND host.last_seen >= $given.last_since AND host.last_seen < $given.last_until
    AND ($given.novel_since IS NULL OR host.novel_since >= $given.novel_since)
    AND ($given.novel_until IS NULL OR host.novel_since < $given.novel_until)
    // end of filter
    AND ($given.after_id IS NULL OR host.name > $given.after_name OR host.name = $given.after_name AND host.id > $given.after_id)
  RETURN host AS node, 1 AS count
  ORDER BY host.name, host.id
  LIMIT $limit
  UNION ALL
  UNWIND CASE WHEN $limit > 0 THEN [] ELSE [1] END AS counted
  MATCH (host:Host)
  // filter
  WHERE ($given.text IS NULL OR toLower(host.name) CONTAINS $given.text)
    AND ($given.criticalities IS NULL OR host.criticality IN $given.criticalities)
    AND host.first_seen >= $given.first_since AND host.first_seen < $given.first_until
    AND host.last_seen >= $given.last_since AND host.last_seen < $given.last_until
    AND ($given.novel_since IS NULL OR host.novel_since >= $given.novel_since)
    AND ($given.novel_until IS NULL OR host.novel_since < $given.novel_until)
    // end of filter
  RETURN null AS node, count(*) AS count
}
RETURN node, count
