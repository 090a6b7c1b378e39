/*
title = "A subject's raised weak alerts"
description = "All of them, in order of time: runs may be long, and alerts are few."
*/
MATCH (alert:Alert)
USING INDEX SEEK alert:Alert(host, at)
WHERE alert.host = $subject AND alert.at >= 0 AND alert.state = 'RAISED' AND NOT alert.composite
RETURN alert.id AS id, alert.rule AS rule, alert.at AS at
ORDER BY at, id
