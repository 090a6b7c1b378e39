/*
title = "Investigations, the latest evidence first"
description = "One page of the investigations that a filter lets through; of each subject, where subjects are given."
params.subjects = {type = "strings", is = "Ids of the hosts or identities that they are about; null for all."}
params.phases = {type = "strings", is = "How far they have come: any of these."}
params.rules = {type = "strings", is = "Names of composites; null for all."}
params.since = {type = "integer", is = "With evidence from this moment on."}
params.until = {type = "integer", is = "Opened before this moment."}
params.after_at = {type = "integer", is = "Last evidence of the row before the page; null for the first page."}
params.after_id = {type = "string", is = "Id of the row before the page; null for the first page."}
params.limit = {type = "integer", is = "Most rows."}
*/
CALL () {
  UNWIND coalesce($subjects, []) AS subject
  CALL (subject) {
    MATCH (investigation:Investigation)
    USING INDEX SEEK investigation:Investigation(subject, last_at)
    WHERE investigation.subject = subject AND investigation.last_at <= coalesce($after_at, 253402300800000)
      AND ($after_id IS NULL OR investigation.last_at < $after_at OR investigation.id < $after_id)
      // filter
      AND investigation.last_at >= $since AND investigation.opened_at < $until AND investigation.phase IN $phases
      AND ($rules IS NULL OR investigation.rule IN $rules)
      // end of filter
    WITH investigation
    ORDER BY investigation.subject DESC, investigation.last_at DESC, investigation.id DESC
    LIMIT $limit
    RETURN investigation
  }
  RETURN investigation
  UNION ALL
  UNWIND CASE WHEN $subjects IS NULL THEN $phases ELSE [] END AS phase
  CALL (phase) {
    MATCH (investigation:Investigation)
    USING INDEX SEEK investigation:Investigation(phase, last_at)
    WHERE investigation.phase = phase AND investigation.last_at <= coalesce($after_at, 253402300800000)
      AND ($after_id IS NULL OR investigation.last_at < $after_at OR investigation.id < $after_id)
      // filter
      AND investigation.last_at >= $since AND investigation.opened_at < $until AND investigation.phase IN $phases
      AND ($rules IS NULL OR investigation.rule IN $rules)
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
