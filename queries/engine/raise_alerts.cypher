/*
title = "Store alerts"
description = "Writes what the engine says of alerts, and answers which of them were not there before; when one was first raised and what analysts said of it stays."
*/
UNWIND $rows AS row
MERGE (alert:Alert {id: row.id})
ON CREATE SET alert.raised_at = $now, alert._made = true
SET alert += row.values
WITH alert, alert._made AS made
REMOVE alert._made
WITH alert, made
WHERE made
RETURN collect(alert.id) AS made
