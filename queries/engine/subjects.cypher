/*
title = "Touched hosts that have weak alerts"
description = "Of the touched hosts, those with a raised weak alert since the first touched moment less the window: their composites are looked at again."
*/
UNWIND $rows AS row
MATCH (alert:Alert)
USING INDEX SEEK alert:Alert(host, at)
WHERE alert.host = row.host AND alert.at >= row.since AND alert.state = 'RAISED' AND NOT alert.composite
RETURN row.host AS host, min(row.since) AS since
