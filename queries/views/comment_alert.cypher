/*
title = "Store a comment"
description = "Writes what a person says of an alert, and its audit; no row when there is no such alert."
writes = true
params.given.type = "map"
params.given.is = """\
  alert: id of the alert · \
  comment: id of the comment · \
  text: the words · \
  audit: id of the audit · \
  actor: name of the token · \
  at: now, epoch milliseconds UTC · \
  details: the change, as JSON."""
*/
MATCH (alert:Alert {id: $given.alert})
MERGE (comment:Comment {id: $given.comment})
ON CREATE SET comment.first_seen = $given.at, comment.alert = $given.alert, comment.at = $given.at, comment.author = $given.actor,
              comment.text = $given.text
MERGE (comment)-[:ON_ALERT]->(alert)
MERGE (audit:Audit {id: $given.audit})
ON CREATE SET audit.first_seen = $given.at, audit.at = $given.at, audit.actor = $given.actor, audit.action = 'commentAlert',
              audit.of = $given.alert, audit.details = $given.details
ON MATCH SET audit.details = audit.details + '\n' + $given.details
RETURN alert
