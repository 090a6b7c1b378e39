/*
title = "The names that a connection went to"
description = "For each connection, every name that its own host had resolved to the address within the day before."
params.day = {type = "integer", default = 86400000, is = "Milliseconds for which a look-up explains a connection."}
*/
UNWIND $rows AS row
MATCH (address:IpAddress {id: row.address})<-[:RESOLVES_TO]-(domain:Domain)
WHERE EXISTS {
  MATCH ()-[answered:ANSWERED]->()
  USING INDEX SEEK answered:ANSWERED(pair, domain, at)
  WHERE answered.pair = row.pair AND answered.domain = domain.id
    AND answered.at >= row.at - $day AND answered.at <= row.at
}
OPTIONAL MATCH (domain)-[:PART_OF]->(registered:Domain)
RETURN domain.id AS domain, registered.id AS registered, row.position AS position
