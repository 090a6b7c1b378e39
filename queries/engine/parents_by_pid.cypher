/*
title = "Find parents that are known by their process id alone"
description = "For each child, the last process that held the parent's pid on its host and started before it; the relationship moves when a nearer one comes to light."
*/
CALL () {
  UNWIND $ids AS id
  MATCH (child:Process {id: id})
  WHERE child.parent_pid IS NOT NULL AND child.started_at IS NOT NULL
  RETURN child
  UNION
  UNWIND $ids AS id
  MATCH (parent:Process {id: id})
  MATCH (child:Process)
  USING INDEX SEEK child:Process(host, parent_pid, started_at)
  WHERE child.host = parent.host AND child.parent_pid = parent.pid AND child.started_at >= parent.started_at
  RETURN child
}
WITH DISTINCT child
CALL (child) {
  OPTIONAL MATCH (parent:Process)
  USING INDEX parent:Process(host, pid)
  WHERE parent.host = child.host AND parent.pid = child.parent_pid
    AND parent.started_at <= child.started_at AND parent.id <> child.id
  RETURN parent
  ORDER BY parent.started_at DESC, parent.id
  LIMIT 1
}
CALL (child, parent) {
  MATCH (other:Process)-[likely:LIKELY_SPAWNED]->(child)
  WHERE parent IS NULL OR other.id <> parent.id
  DELETE likely
}
WITH child, parent
WHERE parent IS NOT NULL
MERGE (parent)-[:LIKELY_SPAWNED]->(child)
