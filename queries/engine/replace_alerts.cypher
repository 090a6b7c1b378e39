/*
title = "Name the alert that stands instead"
description = "The true moment turned out to be another: the new alert replaces the old."
*/
UNWIND $rows AS row
MATCH (new:Alert {id: row.new})
MATCH (old:Alert {id: row.old})
MERGE (new)-[:REPLACES]->(old)
