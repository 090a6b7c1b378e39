/*
title = "A subject's raised weak alerts"
description = "Those from a moment on, in order of time."
*/
MATCH (alert:Alert)
USING INDEX SEEK alert:Alert(host, at)
WHERE alert.host = $subject AND alert.at >= $since AND alert.state = 'RAISED' AND NOT alert.composite
RETURN alert.id AS id, alert.rule AS rule, alert.at AS at
ORDER BY at, id
