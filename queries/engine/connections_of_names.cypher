/*
title = "The connections that a look-up explains"
description = "For each look-up, the connections of its own host to the address within the day after, but for those that an earlier look-up explains already."
params.day = {type = "integer", default = 86400000, is = "Milliseconds for which a look-up explains a connection."}
*/
UNWIND $rows AS row
CALL (row) {
  OPTIONAL MATCH ()-[before:ANSWERED]->()
  USING INDEX SEEK before:ANSWERED(pair, domain, at)
  WHERE before.pair = row.pair AND before.domain = row.domain
    AND before.at >= row.at - $day AND before.at < row.at
  WITH before.at AS at
  ORDER BY at DESC
  LIMIT 1
  RETURN coalesce(at + $day + 1, row.at) AS from
}
MATCH (process:Process)-[connected:CONNECTED_TO]->(:IpAddress)
USING INDEX SEEK connected:CONNECTED_TO(pair, at)
WHERE connected.pair = row.pair AND connected.at >= from AND connected.at <= row.at + $day
  AND connected.binary IS NOT NULL
OPTIONAL MATCH (:Domain {id: row.domain})-[:PART_OF]->(registered:Domain)
RETURN process.id AS process, connected.binary AS binary, connected.port AS port, connected.protocol AS protocol,
       connected.at AS at, row.domain AS domain, registered.id AS registered
