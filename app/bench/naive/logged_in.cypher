UNWIND $rows AS row
MERGE (host:Host {id: row.host})
  ON CREATE SET host.first_seen = row.at, host.last_seen = row.at, host.name = row.host
  ON MATCH SET host.last_seen = row.at
MERGE (user:User {id: row.user})
  ON CREATE SET user.first_seen = row.at, user.last_seen = row.at, user.name = row.user
  ON MATCH SET user.last_seen = row.at
MERGE (address:IpAddress {id: row.remote_ip})
  ON CREATE SET address.first_seen = row.at, address.last_seen = row.at, address.ip = row.remote_ip
  ON MATCH SET address.last_seen = row.at
MERGE (user)-[logs_in:LOGS_IN_TO]->(host)
  ON CREATE SET logs_in.first_seen = row.at, logs_in.last_seen = row.at
  ON MATCH SET logs_in.last_seen = row.at
MERGE (user)-[comes:LOGS_IN_FROM]->(address)
  ON CREATE SET comes.first_seen = row.at, comes.last_seen = row.at
  ON MATCH SET comes.last_seen = row.at
