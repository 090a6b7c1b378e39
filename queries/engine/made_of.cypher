/*
title = "Say what a composite alert is made of"
description = "A composite's weak alerts."
*/
UNWIND $rows AS row
MATCH (alert:Alert {id: row.id})
UNWIND row.pieces AS id
MATCH (piece:Alert {id: id})
MERGE (alert)-[:MADE_OF]->(piece)
