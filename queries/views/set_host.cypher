/*
title = "Write what people say of a host"
description = "Writes criticality and tags of a host, and the audit; no row when there is no such host."
params.id = {type = "string", is = "Id of the host."}
params.values = {type = "map", is = "The properties to set; null removes one."}
params.audit = {type = "string", is = "Id of the audit."}
params.actor = {type = "string", is = "Name of the token."}
params.at = {type = "integer", is = "Now, epoch milliseconds UTC."}
params.details = {type = "string", is = "The change, as JSON."}
*/
MATCH (host:Host {id: $id})
SET host += $values
MERGE (audit:Audit {id: $audit})
ON CREATE SET audit.first_seen = $at, audit.at = $at, audit.actor = $actor, audit.action = 'setHost',
              audit.of = $id, audit.details = $details
ON MATCH SET audit.details = audit.details + '\n' + $details
RETURN host
