/*
title = "Alerts about entities"
description = "Ids of the alerts that speak of any of the entities; of a process, or of another node that is the same execution."
params.given = {type = "map", is = "Lists of ids, by label; the label of an id can be read from it."}
*/
CALL () {
  UNWIND $given.Host AS entity
  MATCH (:Host {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.User AS entity
  MATCH (:User {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Session AS entity
  MATCH (:Session {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Process AS entity
  MATCH (:Process {id: entity})-[:SAME_AS*0..3]-(:Process)<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Binary AS entity
  MATCH (:Binary {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.IpAddress AS entity
  MATCH (:IpAddress {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Domain AS entity
  MATCH (:Domain {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Port AS entity
  MATCH (:Port {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Path AS entity
  MATCH (:Path {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.File AS entity
  MATCH (:File {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Container AS entity
  MATCH (:Container {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Image AS entity
  MATCH (:Image {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
  UNION
  UNWIND $given.Indicator AS entity
  MATCH (:Indicator {id: entity})<-[:ABOUT]-(alert:Alert)
  RETURN alert.id AS id
}
RETURN id
ORDER BY id
