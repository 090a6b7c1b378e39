/*
title = "Entities by name"
description = "Those whose name holds a text: the same first, then those that start with it, then by name."
params.text = {type = "string", is = "What to look for, lower case."}
params.labels = {type = "strings", is = "Labels to look in."}
params.after_rank = {type = "integer", is = "Rank of the row before the page; null for the first page."}
params.after_name = {type = "string", is = "Name of the row before the page; null for the first page."}
params.after_id = {type = "string", is = "Id of the row before the page; null for the first page."}
params.limit = {type = "integer", is = "Most rows."}
*/
CALL () {
  // candidates
  UNWIND CASE WHEN 'Host' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Host)
  WHERE toLower(node.name) CONTAINS $text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'User' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:User)
  WHERE toLower(node.name) CONTAINS $text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'Session' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Session)
  WHERE toLower(node.native_id) CONTAINS $text
  RETURN node, node.native_id AS name
  UNION ALL
  UNWIND CASE WHEN 'Binary' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Binary)
  WHERE toLower(node.name) CONTAINS $text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'IpAddress' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:IpAddress)
  WHERE toLower(node.ip) CONTAINS $text
  RETURN node, node.ip AS name
  UNION ALL
  UNWIND CASE WHEN 'Domain' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Domain)
  WHERE toLower(node.name) CONTAINS $text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'Port' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Port)
  WHERE toLower(toString(node.number)) CONTAINS $text
  RETURN node, toString(node.number) AS name
  UNION ALL
  UNWIND CASE WHEN 'Path' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Path)
  WHERE toLower(node.path) CONTAINS $text
  RETURN node, node.path AS name
  UNION ALL
  UNWIND CASE WHEN 'File' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:File)
  WHERE toLower(node.sha256) CONTAINS $text
  RETURN node, node.sha256 AS name
  UNION ALL
  UNWIND CASE WHEN 'Container' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Container)
  WHERE toLower(coalesce(node.name + ' ', '') + node.native_id) CONTAINS $text
  RETURN node, coalesce(node.name + ' ', '') + node.native_id AS name
  UNION ALL
  UNWIND CASE WHEN 'Image' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Image)
  WHERE toLower(node.name) CONTAINS $text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'Indicator' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Indicator)
  WHERE toLower(node.value) CONTAINS $text
  RETURN node, node.value AS name
  UNION ALL
  UNWIND CASE WHEN 'Process' IN $labels THEN [1] ELSE [] END AS one
  MATCH (node:Process)
  WHERE toLower(node.command) CONTAINS $text
    // of the nodes that are one execution the first that matches stands for all
    AND NOT EXISTS {
      MATCH (node)-[:SAME_AS*1..3]-(same:Process)
      WHERE same.id < node.id AND toLower(same.command) CONTAINS $text
    }
  RETURN node, node.command AS name
  // end of candidates
}
WITH node, name, CASE
  WHEN toLower(name) = $text THEN 0
  WHEN toLower(name) STARTS WITH $text THEN 1
  ELSE 2
END AS rank
WHERE $after_id IS NULL OR rank > $after_rank
   OR rank = $after_rank AND (name > $after_name OR name = $after_name AND node.id > $after_id)
RETURN node.id AS id, name, rank
ORDER BY rank, name, id
LIMIT $limit
