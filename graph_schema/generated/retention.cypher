// Generated from graph_schema/nodes by `polygraph docs`: what the retention job deletes.

MATCH (n:Api)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:ApiCall)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Binary)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:CloudResource)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Container)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Domain)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:File)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Host)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Identity)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Image)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:IpAddress)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Path)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Port)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Process)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)-[:SPAWNED|LIKELY_SPAWNED|SAME_AS]->{0,6}(:Process)<-[:ABOUT]-(:Alert) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Region)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:Session)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (n:User)
WHERE n.last_seen < $before AND NOT (EXISTS { (n)<-[:ABOUT]-(:Alert) } OR EXISTS { (n)--(:ApiCall|Container|Process|Session) })
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DETACH DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Binary)-[n:LAUNCHES]->(t:Binary)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Binary)-[n:CONTACTS]->(t:IpAddress)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Binary)-[n:CONTACTS]->(t:Domain)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Binary)-[n:LISTENS_ON]->(t:Port)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Binary)-[n:HAS]->(t:File)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Domain)-[n:RESOLVES_TO]->(t:IpAddress)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Domain)-[n:ANSWERED]->(t:IpAddress)
WHERE n.at < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.at < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Host)-[n:RUNS]->(t:Binary)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Host)-[n:HOLDS]->(t:File)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Identity)-[n:CALLS]->(t:Api)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Identity)-[n:ACTS_IN]->(t:Region)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Identity)-[n:ACTS_FROM]->(t:IpAddress)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:IpAddress)-[n:CONTACTS]->(t:Binary)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:IpAddress)-[n:ASSIGNED_TO]->(t:Host)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Process)-[n:CONNECTED_TO]->(t:IpAddress)
WHERE n.at < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.at < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Process)-[n:ACCEPTED_FROM]->(t:IpAddress)
WHERE n.at < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.at < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Process)-[n:RESOLVED]->(t:Domain)
WHERE n.at < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.at < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Process)-[n:WROTE]->(t:Path)
WHERE n.at < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.at < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Process)-[n:READ]->(t:Path)
WHERE n.at < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.at < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:Process)-[n:DELETED]->(t:Path)
WHERE n.at < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.at < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:User)-[n:USES]->(t:Binary)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:User)-[n:BECAME]->(t:User)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:User)-[n:LOGS_IN_TO]->(t:Host)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;

MATCH (s:User)-[n:LOGS_IN_FROM]->(t:IpAddress)
WHERE n.last_seen < $before AND NOT EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }
CALL (n) {
  REMOVE n._lock
  WITH n WHERE n.last_seen < $before
  DELETE n
  RETURN 1 AS gone
} IN TRANSACTIONS OF 1000 ROWS
RETURN sum(gone) AS gone;
