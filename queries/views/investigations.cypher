/*
title = "Investigations, the latest evidence first"
description = "One page of the investigations that a filter lets through; of each subject, where subjects are given."
params.given.type = "map"
params.given.is = """\
  subjects: ids of the hosts or identities that they are about; null for all · \
  phases: how far they have come: any of these · \
  rules: names of composites; null for all · \
  since: with evidence from this moment on · \
  until: opened before this moment · \
  after_at: last evidence of the row before the page; null for the first page · \
  after_id: id of the row before the page; null for the first page."""
params.limit = {type = "integer", is = "Most rows."}
*/
CALL () {
  UNWIND coalesce($given.subjects, []) AS subject
  CALL (subject) {
    MATCH (investigation:Investigation)
    USING INDEX SEEK investigation:Investigation(subject, last_at)
    WHERE investigation.subject = subject AND investigation.last_at <= coalesce($given.after_at, 253402300800000)
      AND ($given.after_id IS NULL OR investigation.last_at < $given.after_at OR investigation.id < $given.after_id)
      // filter
      AND investigation.last_at >= $given.since AND investigation.opened_at < $given.until AND investigation.phase IN $given.phases
      AND ($given.rules IS NULL OR investigation.rule IN $given.rules)
      // end of filter
    WITH investigation
    ORDER BY investigation.subject DESC, investigation.last_at DESC, investigation.id DESC
    LIMIT $limit
    RETURN investigation
  }
  RETURN investigation
  UNION ALL
  UNWIND CASE WHEN $given.subjects IS NULL THEN $given.phases ELSE [] END AS phase
  CALL (phase) {
    MATCH (investigation:Investigation)
    USING INDEX SEEK investigation:Investigation(phase, last_at)
    WHERE investigation.phase = phase AND investigation.last_at <= coalesce($given.after_at, 253402300800000)
      AND ($given.after_id IS NULL OR investigation.last_at < $given.after_at OR investigation.id < $given.after_id)
      // filter
      AND investigation.last_at >= $given.since AND investigation.opened_at < $given.until AND investigation.phase IN $given.phases
      AND ($given.rules IS NULL OR investigation.rule IN $given.rules)
      // end of filter
    WITH investigation
    ORDER BY investigation.phase DESC, investigation.last_at DESC, investigation.id DESC
    LIMIT $limit
    RETURN investigation
  }
  RETURN investigation
}
RETURN investigation
ORDER BY investigation.last_at DESC, investigation.id DESC
