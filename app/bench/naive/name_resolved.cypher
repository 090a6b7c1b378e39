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
MERGE (domain:Domain {id: row.domain})
  ON CREATE SET domain.first_seen = row.at, domain.last_seen = row.at, domain.name = row.domain
  ON MATCH SET domain.last_seen = row.at
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
MERGE (process)-[resolved:RESOLVED {at: row.at}]->(domain)
  ON CREATE SET resolved.first_seen = row.at, resolved.last_seen = row.at
  ON MATCH SET resolved.last_seen = row.at
WITH row, domain
UNWIND row.answers AS answer
MERGE (address:IpAddress {id: answer})
  ON CREATE SET address.first_seen = row.at, address.last_seen = row.at, address.ip = answer
  ON MATCH SET address.last_seen = row.at
MERGE (domain)-[resolves:RESOLVES_TO]->(address)
  ON CREATE SET resolves.first_seen = row.at, resolves.last_seen = row.at
  ON MATCH SET resolves.last_seen = row.at
