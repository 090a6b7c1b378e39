UNWIND $rows AS row
MERGE (host:Host {id: row.host})
  ON CREATE SET host.first_seen = row.at, host.last_seen = row.at, host.name = row.host
  ON MATCH SET host.last_seen = row.at
MERGE (file:File {id: row.sha256})
  ON CREATE SET file.first_seen = row.at, file.last_seen = row.at, file.sha256 = row.sha256
  ON MATCH SET file.last_seen = row.at
MERGE (host)-[holds:HOLDS {path: row.path}]->(file)
  ON CREATE SET holds.first_seen = row.at, holds.last_seen = row.at
  ON MATCH SET holds.last_seen = row.at
