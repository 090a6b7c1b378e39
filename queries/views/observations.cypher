/*
title = "Observations by id"
description = "Look-ups, connections and writes that ids stand for, with both ends."
params.given = {type = "map", is = "Lists of ids, by relationship type; the type can be read from the id."}
*/
CALL () {
  UNWIND $given.RESOLVED AS id
  MATCH (source:Process)-[edge:RESOLVED {id: id}]->(target:Domain)
  RETURN id, edge, source, target
  UNION ALL
  UNWIND $given.CONNECTED_TO AS id
  MATCH (source:Process)-[edge:CONNECTED_TO {id: id}]->(target:IpAddress)
  RETURN id, edge, source, target
  UNION ALL
  UNWIND $given.ACCEPTED_FROM AS id
  MATCH (source:Process)-[edge:ACCEPTED_FROM {id: id}]->(target:IpAddress)
  RETURN id, edge, source, target
  UNION ALL
  UNWIND $given.WROTE AS id
  MATCH (source:Process)-[edge:WROTE {id: id}]->(target:Path)
  RETURN id, edge, source, target
  UNION ALL
  UNWIND $given.READ AS id
  MATCH (source:Process)-[edge:READ {id: id}]->(target:Path)
  RETURN id, edge, source, target
  UNION ALL
  UNWIND $given.DELETED AS id
  MATCH (source:Process)-[edge:DELETED {id: id}]->(target:Path)
  RETURN id, edge, source, target
  UNION ALL
  UNWIND $given.ANSWERED AS id
  MATCH (source:Domain)-[edge:ANSWERED {id: id}]->(target:IpAddress)
  RETURN id, edge, source, target
}
RETURN id, edge, source, target
