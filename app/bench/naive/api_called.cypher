UNWIND $rows AS row
MERGE (identity:Identity {id: row.identity})
  ON CREATE SET identity.first_seen = row.at, identity.last_seen = row.at, identity.name = row.identity
  ON MATCH SET identity.last_seen = row.at
MERGE (call:ApiCall {id: row.call})
  ON CREATE SET call.first_seen = row.at, call.last_seen = row.at, call.operation = row.operation
  ON MATCH SET call.last_seen = row.at
MERGE (api:Api {id: row.service + ' ' + row.operation})
  ON CREATE SET api.first_seen = row.at, api.last_seen = row.at, api.operation = row.operation
  ON MATCH SET api.last_seen = row.at
MERGE (region:Region {id: row.region})
  ON CREATE SET region.first_seen = row.at, region.last_seen = row.at, region.name = row.region
  ON MATCH SET region.last_seen = row.at
MERGE (address:IpAddress {id: row.remote_ip})
  ON CREATE SET address.first_seen = row.at, address.last_seen = row.at, address.ip = row.remote_ip
  ON MATCH SET address.last_seen = row.at
MERGE (identity)-[:MADE]->(call)
MERGE (call)-[:CAME_FROM]->(address)
MERGE (identity)-[calls:CALLS]->(api)
  ON CREATE SET calls.first_seen = row.at, calls.last_seen = row.at
  ON MATCH SET calls.last_seen = row.at
MERGE (identity)-[acts_in:ACTS_IN]->(region)
  ON CREATE SET acts_in.first_seen = row.at, acts_in.last_seen = row.at
  ON MATCH SET acts_in.last_seen = row.at
MERGE (identity)-[acts_from:ACTS_FROM]->(address)
  ON CREATE SET acts_from.first_seen = row.at, acts_from.last_seen = row.at
  ON MATCH SET acts_from.last_seen = row.at
