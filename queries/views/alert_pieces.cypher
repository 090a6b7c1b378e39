/*
title = "What composite alerts are made of"
description = "The weak alerts that are the evidence of each composite, in order of time."
params.given = {type = "map", is = "ids: ids of the composite alerts."}
*/
UNWIND $given.ids AS id
MATCH (:Alert {id: id})-[:MADE_OF]->(alert:Alert)
RETURN id, alert
ORDER BY id, alert.at, alert.id
