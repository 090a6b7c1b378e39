/*
title = "Sightings that an alert's novelty rests on"
description = "For each alert, the sightings of its one key node, or of all behaviour between its two, with the openings that name who made them."
*/
UNWIND $rows AS row
MATCH (alert:Alert {id: row.alert})-[first:ABOUT]->(one)
WHERE first.role = row.roles[0]
CALL (alert, one, row) {
  WITH one, row
  WHERE size(row.roles) = 1
  RETURN one.sightings AS sightings, one.openings AS openings
  UNION ALL
  WITH alert, one, row
  WHERE size(row.roles) = 2
  MATCH (alert)-[second:ABOUT]->(other)
  WHERE second.role = row.roles[1]
  MATCH (one)-[behaviour]->(other)
  WHERE behaviour.sightings IS NOT NULL
  RETURN behaviour.sightings AS sightings, behaviour.openings AS openings
}
RETURN alert.id AS alert, sightings, openings
ORDER BY alert
