/*
title = "Write an analyst's word on alerts"
description = "Writes it and its audit for all of the alerts, or for none when one of them is unknown: then it names those."
params.rows = {type = "map", is = "A list: each alert's id, and the id of the audit of its change."}
params.status = {type = "string", is = "The new status; null leaves it."}
params.close_reason = {type = "string", is = "Why it is closed; gone with any other status."}
params.assignee = {type = "string", is = "Who works on it; empty for nobody, null leaves it."}
params.ticket = {type = "string", is = "A ticket to link; null for none."}
params.actor = {type = "string", is = "Name of the token."}
params.at = {type = "integer", is = "Now, epoch milliseconds UTC."}
params.details = {type = "string", is = "The change, as JSON."}
*/
UNWIND $rows AS row
OPTIONAL MATCH (alert:Alert {id: row.id})
WITH collect({alert: alert, row: row}) AS found
WITH found, [one IN found WHERE one.alert IS NULL | one.row.id] AS missing
CALL (found, missing) {
  UNWIND CASE WHEN missing = [] THEN found ELSE [] END AS one
  WITH one.alert AS alert, one.row AS row
  SET alert.status = coalesce($status, alert.status),
      alert.close_reason = CASE WHEN $status IS NULL THEN alert.close_reason ELSE $close_reason END,
      alert.assignee = CASE WHEN $assignee IS NULL THEN alert.assignee ELSE $assignee END,
      alert.tickets = CASE
        WHEN $ticket IS NULL OR $ticket IN coalesce(alert.tickets, []) THEN alert.tickets
        ELSE coalesce(alert.tickets, []) + $ticket
      END
  MERGE (audit:Audit {id: row.audit})
  ON CREATE SET audit.first_seen = $at, audit.at = $at, audit.actor = $actor, audit.action = 'updateAlerts',
                audit.of = row.id, audit.details = $details
  ON MATCH SET audit.details = audit.details + '\n' + $details
  RETURN count(*) AS changed
}
RETURN missing, changed
