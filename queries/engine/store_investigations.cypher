/*
title = "Store investigations"
description = "Writes what each run of weak alerts amounts to, and its evidence."
*/
UNWIND $rows AS row
MERGE (investigation:Investigation {id: row.id})
ON CREATE SET investigation.first_seen = $now
SET investigation += row.values
WITH investigation, row
OPTIONAL MATCH (investigation)-[gathers:GATHERS]->(old:Alert)
WHERE NOT old.id IN row.pieces
DELETE gathers
WITH DISTINCT investigation, row
MATCH (subject:Host {id: row.values.subject})
MERGE (investigation)-[:CONCERNS]->(subject)
WITH investigation, row
UNWIND row.pieces AS id
MATCH (piece:Alert {id: id})
MERGE (investigation)-[:GATHERS]->(piece)
WITH DISTINCT investigation, row
OPTIONAL MATCH (investigation)-[led:LED_TO]->(other:Alert)
WHERE other.id <> coalesce(row.composite, '')
DELETE led
WITH DISTINCT investigation, row
MATCH (composite:Alert {id: row.composite})
MERGE (investigation)-[:LED_TO]->(composite)
