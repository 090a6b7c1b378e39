/*
title = "What entities hang on"
description = "The direct neighbours of processes, sessions, containers, calls of APIs and domains in the evidence; a process has those of all nodes that are the same execution."
params.given = {type = "map", is = "ids: ids of the entities."}
*/
UNWIND $given.ids AS id
CALL (id) {
  MATCH (:Process {id: id})-[:SAME_AS*0..3]-(member:Process)-[link:RAN_ON|EXECUTED|IN_SESSION|IN]->(other)
  RETURN type(link) AS kind, other
  UNION
  MATCH (:Process {id: id})-[:SAME_AS*0..3]-(member:Process)<-[link:STARTED|SPAWNED]-(other)
  RETURN type(link) AS kind, other
  UNION
  MATCH (:Session {id: id})-[link:ON|CAME_FROM]->(other)
  RETURN type(link) AS kind, other
  UNION
  MATCH (:Session {id: id})<-[link:OPENED]-(other)
  RETURN type(link) AS kind, other
  UNION
  MATCH (:Container {id: id})-[link:ON|FROM]->(other)
  RETURN type(link) AS kind, other
  UNION
  MATCH (:ApiCall {id: id})-[link:CAME_FROM|ACTED_ON|DEPLOYED]->(other)
  RETURN type(link) AS kind, other
  UNION
  MATCH (:ApiCall {id: id})<-[link:MADE]-(other)
  RETURN type(link) AS kind, other
  UNION
  MATCH (:Domain {id: id})-[link:PART_OF]->(other)
  RETURN type(link) AS kind, other
}
RETURN id, kind, other
ORDER BY id, kind, other.id
