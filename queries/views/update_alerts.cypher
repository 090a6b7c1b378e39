/*
title = "Write an analyst's word on alerts"
description = "Writes it and its audit for all of the alerts, or for none when one of them is unknown: then it names those."
writes = true
params.given.type = "map"
params.given.is = """\
  rows: a list: each alert's id, and the id of the audit of its change · \
  status: the new status; null leaves it · \
  close_reason: why it is closed; gone with any other status · \
  assignee: who works on it; empty for nobody, null leaves it · \
  ticket: a ticket to link; null for none · \
  actor: name of the token · \
  at: now, epoch milliseconds UTC · \
  details: the change, as JSON."""
*/
UNWIND $given.rows AS row
OPTIONAL MATCH (alert:Alert {id: row.id})
WITH collect({alert: alert, row: row}) AS found
WITH found, [one IN found WHERE one.alert IS NULL | one.row.id] AS missing
CALL (found, missing) {
  UNWIND CASE WHEN missing = [] THEN found ELSE [] END AS one
  WITH one.alert AS alert, one.row AS row
  SET alert.status = coalesce($given.status, alert.status),
      alert.close_reason = CASE WHEN $given.status IS NULL THEN alert.close_reason ELSE $given.close_reason END,
      alert.assignee = CASE WHEN $given.assignee IS NULL THEN alert.assignee ELSE $given.assignee END,
      alert.tickets = CASE
        WHEN $given.ticket IS NULL OR $given.ticket IN coalesce(alert.tickets, []) THEN alert.tickets
        ELSE coalesce(alert.tickets, []) + $given.ticket
      END
  MERGE (audit:Audit {id: row.audit})
  ON CREATE SET audit.first_seen = $given.at, audit.at = $given.at, audit.actor = $given.actor, audit.action = 'updateAlerts',
                audit.of = row.id, audit.details = $given.details
  ON MATCH SET audit.details = audit.details + '\n' + $given.details
  RETURN count(*) AS changed
}
RETURN missing, changed
