/*
title = "Set what is one execution"
description = "Takes away the SAME_AS that no longer hold and adds those that do."
*/
CALL () {
  UNWIND $away AS row
  MATCH (:Process {id: row.source})-[same:SAME_AS]->(:Process {id: row.target})
  DELETE same
}
CALL () {
  UNWIND $here AS row
  MATCH (source:Process {id: row.source})
  MATCH (target:Process {id: row.target})
  MERGE (source)-[:SAME_AS]->(target)
}
