/*
title = "Store alerts"
description = "Writes what the engine says of alerts; when one was first raised and what analysts said of it stays."
*/
UNWIND $rows AS row
MERGE (alert:Alert {id: row.id})
ON CREATE SET alert.raised_at = $now
SET alert += row.values
