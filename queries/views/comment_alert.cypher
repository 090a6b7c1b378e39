/*
title = "Store a comment"
description = "Writes what a person says of an alert, and its audit; no row when there is no such alert."
params.alert = {type = "string", is = "Id of the alert."}
params.comment = {type = "string", is = "Id of the comment."}
params.text = {type = "string", is = "The words."}
params.audit = {type = "string", is = "Id of the audit."}
params.actor = {type = "string", is = "Name of the token."}
params.at = {type = "integer", is = "Now, epoch milliseconds UTC."}
params.details = {type = "string", is = "The change, as JSON."}
*/
MATCH (alert:Alert {id: $alert})
MERGE (comment:Comment {id: $comment})
ON CREATE SET comment.first_seen = $at, comment.alert = $alert, comment.at = $at, comment.author = $actor,
              comment.text = $text
MERGE (comment)-[:ON_ALERT]->(alert)
MERGE (audit:Audit {id: $audit})
ON CREATE SET audit.first_seen = $at, audit.at = $at, audit.actor = $actor, audit.action = 'commentAlert',
              audit.of = $alert, audit.details = $details
ON MATCH SET audit.details = audit.details + '\n' + $details
RETURN alert
