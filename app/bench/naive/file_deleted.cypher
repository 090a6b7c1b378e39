UNWIND $rows AS row
MERGE (host:Host {id: row.host})
  ON CREATE SET host.first_seen = row.at, host.last_seen = row.at, host.name = row.host
  ON MATCH SET host.last_seen = row.at
MERGE (user:User {id: row.user})
  ON CREATE SET user.first_seen = row.at, user.last_seen = row.at, user.name = row.user
  ON MATCH SET user.last_seen = row.at
MERGE (binary:Binary {id: row.binary})
  ON CREATE SET binary.first_seen = row.at, binary.last_seen = row.at, binary.name = row.binary
  ON MATCH SET binary.last_seen = row.at
MERGE (process:Process {id: row.process})
  ON CREATE SET process.first_seen = row.at, process.last_seen = row.at, process.host = row.host, process.pid = row.pid, process.command = row.command, process.started_at = row.started_at
  ON MATCH SET process.last_seen = row.at
MERGE (path:Path {id: row.path})
  ON CREATE SET path.first_seen = row.at, path.last_seen = row.at, path.path = row.path
  ON MATCH SET path.last_seen = row.at
MERGE (process)-[ran:RAN_ON]->(host)
  ON CREATE SET ran.first_seen = row.at, ran.last_seen = row.at
  ON MATCH SET ran.last_seen = row.at
MERGE (process)-[executed:EXECUTED]->(binary)
  ON CREATE SET executed.first_seen = row.at, executed.last_seen = row.at
  ON MATCH SET executed.last_seen = row.at
MERGE (user)-[started:STARTED]->(process)
  ON CREATE SET started.first_seen = row.at, started.last_seen = row.at
  ON MATCH SET started.last_seen = row.at
MERGE (host)-[runs:RUNS]->(binary)
  ON CREATE SET runs.first_seen = row.at, runs.last_seen = row.at
  ON MATCH SET runs.last_seen = row.at
MERGE (user)-[uses:USES]->(binary)
  ON CREATE SET uses.first_seen = row.at, uses.last_seen = row.at
  ON MATCH SET uses.last_seen = row.at
MERGE (process)-[deleted:DELETED {at: row.at}]->(path)
  ON CREATE SET deleted.first_seen = row.at, deleted.last_seen = row.at
  ON MATCH SET deleted.last_seen = row.at
