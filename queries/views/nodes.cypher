/*
title = "Nodes by id"
description = "What the ids stand for, each with the processes that are the same execution; an id of nothing gives no row."
params.given = {type = "map", is = "Lists of ids, by label; the label of an id can be read from it."}
*/
CALL () {
  UNWIND $given.Host AS id
  MATCH (node:Host {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.User AS id
  MATCH (node:User {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Session AS id
  MATCH (node:Session {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Process AS id
  MATCH (node:Process {id: id})
  RETURN id, node, COLLECT {
    MATCH (node)-[:SAME_AS*1..3]-(same:Process)
    WHERE same <> node
    WITH DISTINCT same
    ORDER BY same.id
    RETURN same
  } AS joined
  UNION ALL
  UNWIND $given.Binary AS id
  MATCH (node:Binary {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.IpAddress AS id
  MATCH (node:IpAddress {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Domain AS id
  MATCH (node:Domain {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Port AS id
  MATCH (node:Port {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Path AS id
  MATCH (node:Path {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.File AS id
  MATCH (node:File {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Container AS id
  MATCH (node:Container {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Image AS id
  MATCH (node:Image {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.ApiCall AS id
  MATCH (node:ApiCall {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Identity AS id
  MATCH (node:Identity {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Api AS id
  MATCH (node:Api {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Region AS id
  MATCH (node:Region {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.CloudResource AS id
  MATCH (node:CloudResource {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Indicator AS id
  MATCH (node:Indicator {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Alert AS id
  MATCH (node:Alert {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Investigation AS id
  MATCH (node:Investigation {id: id})
  RETURN id, node, [] AS joined
  UNION ALL
  UNWIND $given.Comment AS id
  MATCH (node:Comment {id: id})
  RETURN id, node, [] AS joined
}
RETURN id, node, joined
