/*
title = "How many entities by name"
description = "The number of entities whose name holds a text."
params.text = {type = "string", is = "What to look for, lower case."}
params.labels = {type = "strings", is = "Labels to look in."}
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
RETURN count(*) AS count
