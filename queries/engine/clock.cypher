/*
title = "The deployment's clock"
description = "The second-highest last_seen among the hosts, the highest while there is one: one bad clock does not move it."
*/
MATCH (host:Host)
USING INDEX host:Host(last_seen)
WHERE host.last_seen > 0
WITH host.last_seen AS seen
ORDER BY seen DESC
LIMIT 2
RETURN min(seen) AS clock
