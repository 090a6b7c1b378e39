/*
title = "What investigations gathered and became"
description = "The weak alerts of each investigation in order of time, and its composite alerts."
params.given = {type = "map", is = "ids: ids of the investigations."}
*/
UNWIND $given.ids AS id
MATCH (:Investigation {id: id})-[link:GATHERS|LED_TO]->(alert:Alert)
RETURN id, type(link) AS kind, alert
ORDER BY id, kind, alert.at, alert.id
