/*
title = "What alerts are evidence of"
description = "The composite alerts that are made of each alert, but for withdrawn ones."
params.given = {type = "map", is = "ids: ids of the weak alerts."}
*/
UNWIND $given.ids AS id
MATCH (:Alert {id: id})<-[:MADE_OF]-(alert:Alert)
WHERE alert.state <> 'WITHDRAWN'
RETURN id, alert
ORDER BY id, alert.at, alert.id
