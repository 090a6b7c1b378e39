/*
title = "Binaries, by name"
description = "One page of the binaries that a filter lets through, or their number."
params.text = {type = "string", is = "Part of the name, lower case; null for all."}
params.kinds = {type = "strings", is = "What they are on disk; null for all."}
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
  MATCH (binary:Binary)
  // filter
  WHERE ($text IS NULL OR toLower(binary.name) CONTAINS $text)
    AND ($kinds IS NULL OR binary.kind IN $kinds)
    AND binary.first_seen >= $first_since AND binary.first_seen < $first_until
    AND binary.last_seen >= $last_since AND binary.last_seen < $last_until
    AND ($novel_since IS NULL OR binary.novel_since >= $novel_since)
    AND ($novel_until IS NULL OR binary.novel_since < $novel_until)
    // end of filter
    AND ($after_id IS NULL OR binary.name > $after_name OR binary.name = $after_name AND binary.id > $after_id)
  RETURN binary AS node, 1 AS count
  ORDER BY binary.name, binary.id
  LIMIT $limit
  UNION ALL
  UNWIND CASE WHEN $limit > 0 THEN [] ELSE [1] END AS counted
  MATCH (binary:Binary)
  // filter
  WHERE ($text IS NULL OR toLower(binary.name) CONTAINS $text)
    AND ($kinds IS NULL OR binary.kind IN $kinds)
    AND binary.first_seen >= $first_since AND binary.first_seen < $first_until
    AND binary.last_seen >= $last_since AND binary.last_seen < $last_until
    AND ($novel_since IS NULL OR binary.novel_since >= $novel_since)
    AND ($novel_until IS NULL OR binary.novel_since < $novel_until)
    // end of filter
  RETURN null AS node, count(*) AS count
}
RETURN node, count
