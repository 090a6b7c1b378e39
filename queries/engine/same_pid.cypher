/*
title = "All that ran under a process id"
description = "For each host and process id of those touched, and of the Processes of those ids, that more than one Process has had: each of them, what it executed and what it is joined to."
*/
CALL () {
  UNWIND $pids AS one
  RETURN one.host AS host, one.pid AS pid
  UNION
  UNWIND $ids AS id
  MATCH (touched:Process {id: id})
  WHERE touched.pid IS NOT NULL
  RETURN touched.host AS host, touched.pid AS pid
}
MATCH (process:Process)
USING INDEX process:Process(host, pid)
WHERE process.host = host AND process.pid = pid
WITH host, pid, collect(process) AS processes
WHERE size(processes) > 1
UNWIND processes AS process
RETURN host, pid, process.id AS id, process.sensor AS sensor, process.started_at AS started_at,
       process.first_seen AS first_seen,
       COLLECT { MATCH (process)-[:EXECUTED]->(binary:Binary) RETURN binary.id ORDER BY binary.id } AS binaries,
       COLLECT { MATCH (process)-[:SAME_AS]->(other:Process) RETURN other.id ORDER BY other.id } AS joined
ORDER BY host, pid, id
