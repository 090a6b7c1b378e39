/*
title = "How many investigations"
description = "The number of investigations that a filter lets through, of each subject or in all."
params.given.type = "map"
params.given.is = """\
  subjects: ids of the hosts or identities that they are about; null for all · \
  phases: how far they have come: any of these · \
  rules: names of composites; null for all · \
  since: with evidence from this moment on · \
  until: opened before this moment · \
  by_subject: count each subject's, or all together."""
*/
CALL () {
  UNWIND coalesce($given.subjects, []) AS subject
  MATCH (investigation:Investigation)
  USING INDEX SEEK investigation:Investigation(subject, last_at)
  WHERE investigation.subject = subject AND investigation.last_at >= $given.since
  RETURN investigation
  UNION ALL
  UNWIND CASE WHEN $given.subjects IS NULL THEN $given.phases ELSE [] END AS phase
  MATCH (investigation:Investigation)
  USING INDEX SEEK investigation:Investigation(phase, last_at)
  WHERE investigation.phase = phase AND investigation.last_at >= $given.since
  RETURN investigation
}
WITH investigation
WHERE true
  // filter
  AND investigation.last_at >= $given.since AND investigation.opened_at < $given.until AND investigation.phase IN $given.phases
  AND ($given.rules IS NULL OR investigation.rule IN $given.rules)
  // end of filter
RETURN CASE WHEN $given.by_subject THEN investigation.subject END AS subject, count(*) AS count
