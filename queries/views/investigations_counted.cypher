/*
title = "How many investigations"
description = "The number of investigations that a filter lets through, of each subject or in all."
params.subjects = {type = "strings", is = "Ids of the hosts or identities that they are about; null for all."}
params.phases = {type = "strings", is = "How far they have come: any of these."}
params.rules = {type = "strings", is = "Names of composites; null for all."}
params.since = {type = "integer", is = "With evidence from this moment on."}
params.until = {type = "integer", is = "Opened before this moment."}
params.by_subject = {type = "boolean", is = "Count each subject's, or all together."}
*/
CALL () {
  UNWIND coalesce($subjects, []) AS subject
  MATCH (investigation:Investigation)
  USING INDEX SEEK investigation:Investigation(subject, last_at)
  WHERE investigation.subject = subject AND investigation.last_at >= $since
  RETURN investigation
  UNION ALL
  UNWIND CASE WHEN $subjects IS NULL THEN $phases ELSE [] END AS phase
  MATCH (investigation:Investigation)
  USING INDEX SEEK investigation:Investigation(phase, last_at)
  WHERE investigation.phase = phase AND investigation.last_at >= $since
  RETURN investigation
}
WITH investigation
WHERE true
  // filter
  AND investigation.last_at >= $since AND investigation.opened_at < $until AND investigation.phase IN $phases
  AND ($rules IS NULL OR investigation.rule IN $rules)
  // end of filter
RETURN CASE WHEN $by_subject THEN investigation.subject END AS subject, count(*) AS count
