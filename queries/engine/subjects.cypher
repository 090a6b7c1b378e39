/*
title = "Hosts to look at again"
description = "Of the hosts touched, those with a raised weak alert since then, less the window, and those with an investigation, less the lapse: its evidence may just have been withdrawn."
*/
UNWIND $rows AS row
CALL (row) {
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(host, at)
  WHERE alert.host = row.host AND alert.at >= row.since AND alert.state = 'RAISED' AND NOT alert.composite
  RETURN 1 AS found
  LIMIT 1
  UNION
  MATCH (investigation:Investigation)
  USING INDEX SEEK investigation:Investigation(subject, last_at)
  WHERE investigation.subject = row.host AND investigation.last_at >= row.since
    AND investigation.phase <> 'SUPERSEDED'
  RETURN 1 AS found
  LIMIT 1
}
RETURN DISTINCT row.host AS host
ORDER BY host
