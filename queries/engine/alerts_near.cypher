/*
title = "Stored alerts that an evaluation may concern"
description = "Alerts found again by id, those of the same daily pools, and those of the rule from a moment on."
*/
CALL () {
  UNWIND $ids AS id
  MATCH (alert:Alert {id: id})
  RETURN alert
  UNION
  UNWIND $pools AS pool
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(pool)
  WHERE alert.pool = pool
  RETURN alert
  UNION
  MATCH (alert:Alert)
  USING INDEX SEEK alert:Alert(rule, at)
  WHERE alert.rule = $rule AND alert.at >= $since
  RETURN alert
}
RETURN DISTINCT alert
