/*
title = "What alerts are evidence of"
description = "The composite alerts that are made of each alert, but for withdrawn ones."
params.ids = {type = "strings", is = "Ids of the weak alerts."}
*/
UNWIND $ids AS id
MATCH (:Alert {id: id})<-[:MADE_OF]-(alert:Alert)
WHERE alert.state <> 'WITHDRAWN'
RETURN id, alert
ORDER BY id, alert.at, alert.id
