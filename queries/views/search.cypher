/*
title = "Entities by name"
description = "Those whose name holds a text: the same first, then those that start with it, then by name."
params.given.type = "map"
params.given.is = """\
  text: what to look for, lower case · \
  labels: labels to look in · \
  after_rank: rank of the row before the page; null for the first page · \
  after_name: name of the row before the page; null for the first page · \
  after_id: id of the row before the page; null for the first page."""
params.limit = {type = "integer", is = "Most rows."}
*/
CALL () {
  // candidates
  UNWIND CASE WHEN 'Host' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Host)
  WHERE toLower(node.name) CONTAINS $given.text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'User' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:User)
  WHERE toLower(node.name) CONTAINS $given.text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'Session' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Session)
  WHERE toLower(node.native_id) CONTAINS $given.text
  RETURN node, node.native_id AS name
  UNION ALL
  UNWIND CASE WHEN 'Binary' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Binary)
  WHERE toLower(node.name) CONTAINS $given.text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'IpAddress' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:IpAddress)
  WHERE toLower(node.ip) CONTAINS $given.text
  RETURN node, node.ip AS name
  UNION ALL
  UNWIND CASE WHEN 'Domain' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Domain)
  WHERE toLower(node.name) CONTAINS $given.text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'Port' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Port)
  WHERE toLower(toString(node.number)) CONTAINS $given.text
  RETURN node, toString(node.number) AS name
  UNION ALL
  UNWIND CASE WHEN 'Path' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Path)
  WHERE toLower(node.path) CONTAINS $given.text
  RETURN node, node.path AS name
  UNION ALL
  UNWIND CASE WHEN 'File' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:File)
  WHERE toLower(node.sha256) CONTAINS $given.text
  RETURN node, node.sha256 AS name
  UNION ALL
  UNWIND CASE WHEN 'Container' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Container)
  WHERE toLower(coalesce(node.name + ' ', '') + node.native_id) CONTAINS $given.text
  RETURN node, coalesce(node.name + ' ', '') + node.native_id AS name
  UNION ALL
  UNWIND CASE WHEN 'Image' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Image)
  WHERE toLower(node.name) CONTAINS $given.text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'ApiCall' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:ApiCall)
  WHERE toLower(node.operation) CONTAINS $given.text
  RETURN node, node.operation AS name
  UNION ALL
  UNWIND CASE WHEN 'Identity' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Identity)
  WHERE toLower(node.principal) CONTAINS $given.text
  RETURN node, node.principal AS name
  UNION ALL
  UNWIND CASE WHEN 'Api' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Api)
  WHERE toLower(node.operation) CONTAINS $given.text
  RETURN node, node.operation AS name
  UNION ALL
  UNWIND CASE WHEN 'Region' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Region)
  WHERE toLower(node.name) CONTAINS $given.text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'CloudResource' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:CloudResource)
  WHERE toLower(node.name) CONTAINS $given.text
  RETURN node, node.name AS name
  UNION ALL
  UNWIND CASE WHEN 'Indicator' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Indicator)
  WHERE toLower(node.value) CONTAINS $given.text
  RETURN node, node.value AS name
  UNION ALL
  UNWIND CASE WHEN 'Process' IN $given.labels THEN [1] ELSE [] END AS one
  MATCH (node:Process)
  WHERE toLower(node.command) CONTAINS $given.text
    // of the nodes that are one execution the first that matches stands for all
    AND NOT EXISTS {
      MATCH (node)-[:SAME_AS*1..3]-(same:Process)
      WHERE same.id < node.id AND toLower(same.command) CONTAINS $given.text
    }
  RETURN node, node.command AS name
  // end of candidates
}
WITH node, name, CASE
  WHEN toLower(name) = $given.text THEN 0
  WHEN toLower(name) STARTS WITH $given.text THEN 1
  ELSE 2
END AS rank
WHERE $given.after_id IS NULL OR rank > $given.after_rank
   OR rank = $given.after_rank AND (name > $given.after_name OR name = $given.after_name AND node.id > $given.after_id)
RETURN node.id AS id, name, rank
ORDER BY rank, name, id
LIMIT $limit
