// Generated from graph_schema/nodes by `polygraph docs`: how folded rows are written.

UNWIND $rows AS row
MERGE (n:Alert {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END;

UNWIND $rows AS row
MERGE (n:Api {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:Api {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:ApiCall {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.at = CASE WHEN row.values.at IS NULL OR n.at <= row.values.at THEN n.at ELSE row.values.at END,
    n.service = CASE WHEN row.values.service IS NULL OR n.service >= row.values.service THEN n.service ELSE row.values.service END,
    n.operation = CASE WHEN row.values.operation IS NULL OR n.operation >= row.values.operation THEN n.operation ELSE row.values.operation END,
    n.authenticated = CASE WHEN row.values.authenticated IS NULL OR n.authenticated <= row.values.authenticated THEN n.authenticated ELSE row.values.authenticated END,
    n.identity = CASE WHEN row.values.identity IS NULL OR n.identity >= row.values.identity THEN n.identity ELSE row.values.identity END,
    n.session = CASE WHEN row.values.session IS NULL OR n.session >= row.values.session THEN n.session ELSE row.values.session END,
    n.access_key = CASE WHEN row.values.access_key IS NULL OR n.access_key >= row.values.access_key THEN n.access_key ELSE row.values.access_key END,
    n.region = CASE WHEN row.values.region IS NULL OR n.region >= row.values.region THEN n.region ELSE row.values.region END,
    n.remote_name = CASE WHEN row.values.remote_name IS NULL OR n.remote_name >= row.values.remote_name THEN n.remote_name ELSE row.values.remote_name END,
    n.user_agent = CASE WHEN row.values.user_agent IS NULL OR n.user_agent >= row.values.user_agent THEN n.user_agent ELSE row.values.user_agent END,
    n.error = CASE WHEN row.values.error IS NULL OR n.error >= row.values.error THEN n.error ELSE row.values.error END,
    n.read_only = CASE WHEN row.values.read_only IS NULL OR n.read_only >= row.values.read_only THEN n.read_only ELSE row.values.read_only END,
    n.mfa = CASE WHEN row.values.mfa IS NULL OR n.mfa >= row.values.mfa THEN n.mfa ELSE row.values.mfa END,
    n.command = CASE WHEN row.values.command IS NULL OR n.command >= row.values.command THEN n.command ELSE row.values.command END,
    n.flags = CASE WHEN row.values.flags IS NULL THEN n.flags ELSE COLLECT { UNWIND coalesce(n.flags, []) + row.values.flags AS one WITH DISTINCT one ORDER BY one RETURN one } END;

UNWIND $rows AS row
MERGE (n:Audit {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END;

UNWIND $rows AS row
MERGE (n:Binary {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:Binary {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:CloudResource {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END;

UNWIND $rows AS row
MERGE (n:Comment {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END;

UNWIND $rows AS row
MERGE (n:Container {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.name = CASE WHEN row.values.name IS NULL OR n.name >= row.values.name THEN n.name ELSE row.values.name END,
    n.namespace = CASE WHEN row.values.namespace IS NULL OR n.namespace >= row.values.namespace THEN n.namespace ELSE row.values.namespace END;

UNWIND $rows AS row
MERGE (n:Domain {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:Domain {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:Feed {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END;

UNWIND $rows AS row
MERGE (n:File {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:File {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:Host {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:Host {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:Identity {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.name = CASE WHEN row.values.name IS NULL OR n.name >= row.values.name THEN n.name ELSE row.values.name END,
    n.type = CASE WHEN row.values.type IS NULL OR n.type >= row.values.type THEN n.type ELSE row.values.type END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:Identity {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:Image {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.tags = CASE WHEN row.values.tags IS NULL THEN n.tags ELSE COLLECT { UNWIND coalesce(n.tags, []) + row.values.tags AS one WITH DISTINCT one ORDER BY one RETURN one } END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:Image {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:Indicator {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.confidence = CASE WHEN row.values.confidence IS NULL OR n.confidence >= row.values.confidence THEN n.confidence ELSE row.values.confidence END,
    n.description = CASE WHEN row.values.description IS NULL OR n.description >= row.values.description THEN n.description ELSE row.values.description END,
    n.valid_from = CASE WHEN row.values.valid_from IS NULL OR n.valid_from <= row.values.valid_from THEN n.valid_from ELSE row.values.valid_from END,
    n.valid_until = CASE WHEN row.values.valid_until IS NULL OR n.valid_until >= row.values.valid_until THEN n.valid_until ELSE row.values.valid_until END,
    n.tags = CASE WHEN row.values.tags IS NULL THEN n.tags ELSE COLLECT { UNWIND coalesce(n.tags, []) + row.values.tags AS one WITH DISTINCT one ORDER BY one RETURN one } END;

UNWIND $rows AS row
MERGE (n:Investigation {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END;

UNWIND $rows AS row
MERGE (n:IpAddress {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:IpAddress {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:Path {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END;

UNWIND $rows AS row
MERGE (n:Port {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END;

UNWIND $rows AS row
MERGE (n:Process {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.pid = CASE WHEN row.values.pid IS NULL OR n.pid >= row.values.pid THEN n.pid ELSE row.values.pid END,
    n.started_at = CASE WHEN row.values.started_at IS NULL OR n.started_at <= row.values.started_at THEN n.started_at ELSE row.values.started_at END,
    n.ended_at = CASE WHEN row.values.ended_at IS NULL OR n.ended_at >= row.values.ended_at THEN n.ended_at ELSE row.values.ended_at END,
    n.executable = CASE WHEN row.values.executable IS NULL OR n.executable >= row.values.executable THEN n.executable ELSE row.values.executable END,
    n.command = CASE WHEN row.values.command IS NULL OR n.command >= row.values.command THEN n.command ELSE row.values.command END,
    n.cwd = CASE WHEN row.values.cwd IS NULL OR n.cwd >= row.values.cwd THEN n.cwd ELSE row.values.cwd END,
    n.parent_pid = CASE WHEN row.values.parent_pid IS NULL OR n.parent_pid >= row.values.parent_pid THEN n.parent_pid ELSE row.values.parent_pid END,
    n.login = CASE WHEN row.values.login IS NULL OR n.login >= row.values.login THEN n.login ELSE row.values.login END;

UNWIND $rows AS row
MERGE (n:Region {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:Region {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MERGE (n:Session {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.method = CASE WHEN row.values.method IS NULL OR n.method >= row.values.method THEN n.method ELSE row.values.method END;

UNWIND $rows AS row
MERGE (n:Token {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END;

UNWIND $rows AS row
MERGE (n:User {id: row.id})
ON CREATE SET n += row.values
REMOVE n._lock
WITH n, row
SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END,
    n.account = CASE WHEN row.values.account IS NULL OR n.account >= row.values.account THEN n.account ELSE row.values.account END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (n:User {id: row.id})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Host {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:User {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Session {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Process {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Binary {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Domain {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Port {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Path {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:File {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Container {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Image {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Indicator {id: row.target})
MERGE (s)-[:ABOUT {role: row.role}]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Alert {id: row.target})
MERGE (s)-[:MADE_OF]->(t);

UNWIND $rows AS row
MATCH (s:Alert {id: row.source})
MATCH (t:Alert {id: row.target})
MERGE (s)-[:REPLACES]->(t);

UNWIND $rows AS row
MATCH (s:ApiCall {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[:CAME_FROM]->(t);

UNWIND $rows AS row
MATCH (s:ApiCall {id: row.source})
MATCH (t:CloudResource {id: row.target})
MERGE (s)-[:ACTED_ON]->(t);

UNWIND $rows AS row
MATCH (s:ApiCall {id: row.source})
MATCH (t:Image {id: row.target})
MERGE (s)-[:DEPLOYED]->(t);

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})
MATCH (t:Binary {id: row.target})
MERGE (s)-[n:LAUNCHES {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})-[n:LAUNCHES {id: row.id}]->(t:Binary {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[n:CONTACTS {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})-[n:CONTACTS {id: row.id}]->(t:IpAddress {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})
MATCH (t:Domain {id: row.target})
MERGE (s)-[n:CONTACTS {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})-[n:CONTACTS {id: row.id}]->(t:Domain {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})
MATCH (t:Port {id: row.target})
MERGE (s)-[n:LISTENS_ON {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})-[n:LISTENS_ON {id: row.id}]->(t:Port {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})
MATCH (t:File {id: row.target})
MERGE (s)-[n:HAS {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Binary {id: row.source})-[n:HAS {id: row.id}]->(t:File {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Comment {id: row.source})
MATCH (t:Alert {id: row.target})
MERGE (s)-[:ON_ALERT]->(t);

UNWIND $rows AS row
MATCH (s:Container {id: row.source})
MATCH (t:Host {id: row.target})
MERGE (s)-[:ON]->(t);

UNWIND $rows AS row
MATCH (s:Container {id: row.source})
MATCH (t:Image {id: row.target})
MERGE (s)-[:FROM]->(t);

UNWIND $rows AS row
MATCH (s:Domain {id: row.source})
MATCH (t:Domain {id: row.target})
MERGE (s)-[:PART_OF]->(t);

UNWIND $rows AS row
MATCH (s:Domain {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[n:RESOLVES_TO {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Domain {id: row.source})-[n:RESOLVES_TO {id: row.id}]->(t:IpAddress {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Domain {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[n:ANSWERED {id: row.id}]->(t)
ON CREATE SET n += row.values;

UNWIND $rows AS row
MATCH (s:Host {id: row.source})
MATCH (t:Binary {id: row.target})
MERGE (s)-[n:RUNS {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Host {id: row.source})-[n:RUNS {id: row.id}]->(t:Binary {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Host {id: row.source})
MATCH (t:File {id: row.target})
MERGE (s)-[n:HOLDS {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Host {id: row.source})-[n:HOLDS {id: row.id}]->(t:File {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Identity {id: row.source})
MATCH (t:ApiCall {id: row.target})
MERGE (s)-[:MADE]->(t);

UNWIND $rows AS row
MATCH (s:Identity {id: row.source})
MATCH (t:Api {id: row.target})
MERGE (s)-[n:CALLS {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Identity {id: row.source})-[n:CALLS {id: row.id}]->(t:Api {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Identity {id: row.source})
MATCH (t:Region {id: row.target})
MERGE (s)-[n:ACTS_IN {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Identity {id: row.source})-[n:ACTS_IN {id: row.id}]->(t:Region {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Identity {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[n:ACTS_FROM {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:Identity {id: row.source})-[n:ACTS_FROM {id: row.id}]->(t:IpAddress {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Investigation {id: row.source})
MATCH (t:Host {id: row.target})
MERGE (s)-[:CONCERNS]->(t);

UNWIND $rows AS row
MATCH (s:Investigation {id: row.source})
MATCH (t:User {id: row.target})
MERGE (s)-[:CONCERNS]->(t);

UNWIND $rows AS row
MATCH (s:Investigation {id: row.source})
MATCH (t:Alert {id: row.target})
MERGE (s)-[:GATHERS]->(t);

UNWIND $rows AS row
MATCH (s:Investigation {id: row.source})
MATCH (t:Alert {id: row.target})
MERGE (s)-[:LED_TO]->(t);

UNWIND $rows AS row
MATCH (s:IpAddress {id: row.source})
MATCH (t:Binary {id: row.target})
MERGE (s)-[n:CONTACTS {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:IpAddress {id: row.source})-[n:CONTACTS {id: row.id}]->(t:Binary {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:IpAddress {id: row.source})
MATCH (t:Host {id: row.target})
MERGE (s)-[n:ASSIGNED_TO {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:IpAddress {id: row.source})-[n:ASSIGNED_TO {id: row.id}]->(t:Host {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Host {id: row.target})
MERGE (s)-[:RAN_ON]->(t);

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Binary {id: row.target})
MERGE (s)-[:EXECUTED]->(t);

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Process {id: row.target})
MERGE (s)-[:SPAWNED]->(t);

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Process {id: row.target})
MERGE (s)-[:LIKELY_SPAWNED]->(t);

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Process {id: row.target})
MERGE (s)-[:SAME_AS]->(t);

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Session {id: row.target})
MERGE (s)-[:IN_SESSION]->(t);

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Container {id: row.target})
MERGE (s)-[:IN]->(t);

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[n:CONNECTED_TO {id: row.id}]->(t)
ON CREATE SET n += row.values;

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[n:ACCEPTED_FROM {id: row.id}]->(t)
ON CREATE SET n += row.values;

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Domain {id: row.target})
MERGE (s)-[n:RESOLVED {id: row.id}]->(t)
ON CREATE SET n += row.values;

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Path {id: row.target})
MERGE (s)-[n:WROTE {id: row.id}]->(t)
ON CREATE SET n += row.values;

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Path {id: row.target})
MERGE (s)-[n:READ {id: row.id}]->(t)
ON CREATE SET n += row.values;

UNWIND $rows AS row
MATCH (s:Process {id: row.source})
MATCH (t:Path {id: row.target})
MERGE (s)-[n:DELETED {id: row.id}]->(t)
ON CREATE SET n += row.values;

UNWIND $rows AS row
MATCH (s:Session {id: row.source})
MATCH (t:Host {id: row.target})
MERGE (s)-[:ON]->(t);

UNWIND $rows AS row
MATCH (s:Session {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[:CAME_FROM]->(t);

UNWIND $rows AS row
MATCH (s:User {id: row.source})
MATCH (t:Process {id: row.target})
MERGE (s)-[:STARTED]->(t);

UNWIND $rows AS row
MATCH (s:User {id: row.source})
MATCH (t:Session {id: row.target})
MERGE (s)-[:OPENED]->(t);

UNWIND $rows AS row
MATCH (s:User {id: row.source})
MATCH (t:Binary {id: row.target})
MERGE (s)-[n:USES {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:User {id: row.source})-[n:USES {id: row.id}]->(t:Binary {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:User {id: row.source})
MATCH (t:User {id: row.target})
MERGE (s)-[n:BECAME {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:User {id: row.source})-[n:BECAME {id: row.id}]->(t:User {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:User {id: row.source})
MATCH (t:Host {id: row.target})
MERGE (s)-[n:LOGS_IN_TO {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:User {id: row.source})-[n:LOGS_IN_TO {id: row.id}]->(t:Host {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;

UNWIND $rows AS row
MATCH (s:User {id: row.source})
MATCH (t:IpAddress {id: row.target})
MERGE (s)-[n:LOGS_IN_FROM {id: row.id}]->(t)
ON CREATE SET n += row.values
ON MATCH SET n.first_seen = CASE WHEN row.values.first_seen IS NULL OR n.first_seen <= row.values.first_seen THEN n.first_seen ELSE row.values.first_seen END,
    n.last_seen = CASE WHEN row.values.last_seen IS NULL OR n.last_seen >= row.values.last_seen THEN n.last_seen ELSE row.values.last_seen END
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / 86400000 - n.sightings[-1] / 86400000 <= 90 AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / 86400000 = one.sightings[-1] / 86400000 THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored;

UNWIND $rows AS row
MATCH (s:User {id: row.source})-[n:LOGS_IN_FROM {id: row.id}]->(t:IpAddress {id: row.target})
SET n.sightings = row.sightings, n.openings = row.openings, n.novel_since = row.novel_since, n.novel_by = row.novel_by;
