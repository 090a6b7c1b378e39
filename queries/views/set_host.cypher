/*
title = "Write what people say of a host"
description = "Writes criticality and tags of a host, and the audit; no row when there is no such host."
writes = true
params.given.type = "map"
params.given.is = """\
  id: id of the host · \
  values: the properties to set; null removes one · \
  audit: id of the audit · \
  actor: name of the token · \
  at: now, epoch milliseconds UTC · \
  details: the change, as JSON."""
*/
MATCH (host:Host {id: $given.id})
SET host += $given.values
MERGE (audit:Audit {id: $given.audit})
ON CREATE SET audit.first_seen = $given.at, audit.at = $given.at, audit.actor = $given.actor, audit.action = 'setHost',
              audit.of = $given.id, audit.details = $given.details
ON MATCH SET audit.details = audit.details + '\n' + $given.details
RETURN host
