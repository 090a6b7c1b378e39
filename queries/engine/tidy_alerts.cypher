/*
title = "Take back what a stored alert is no longer about"
description = "Its true moment is another, and with it the process, the host or the evidence."
*/
UNWIND $rows AS row
MATCH (alert:Alert {id: row.id})
CALL (alert, row) {
  MATCH (alert)-[about:ABOUT]->(node)
  WHERE NOT about.role + ' ' + node.id IN row.about
  DELETE about
}
CALL (alert, row) {
  MATCH (alert)-[made:MADE_OF]->(piece:Alert)
  WHERE NOT piece.id IN row.pieces
  DELETE made
}
