/*
title = "Store alerts"
description = "Writes what the engine says of alerts; when one was first raised and what analysts said of it stays."
*/
UNWIND $rows AS row
MERGE (alert:Alert {id: row.id})
ON CREATE SET alert.raised_at = $now, alert.status = 'OPEN'
SET alert += row.values
WITH alert, row
OPTIONAL MATCH (alert)-[about:ABOUT]->(node)
WHERE NOT about.role + ' ' + node.id IN row.about
DELETE about
WITH DISTINCT alert, row
OPTIONAL MATCH (alert)-[made:MADE_OF]->(piece:Alert)
WHERE NOT piece.id IN row.pieces
DELETE made
WITH DISTINCT alert, row
UNWIND row.pieces AS id
MATCH (piece:Alert {id: id})
MERGE (alert)-[:MADE_OF]->(piece)
