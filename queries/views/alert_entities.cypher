/*
title = "What alerts speak of"
description = "The nodes that the rule's columns named, by role."
params.given = {type = "map", is = "ids: ids of the alerts."}
*/
UNWIND $given.ids AS id
MATCH (:Alert {id: id})-[about:ABOUT]->(node)
RETURN id, about.role AS role, node
ORDER BY id, role, node.id
