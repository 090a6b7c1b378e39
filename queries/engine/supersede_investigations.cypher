/*
title = "Close investigations whose run is no more"
description = "A late event joined the run to another, or withdrew what it was made of."
*/
UNWIND $ids AS id
MATCH (investigation:Investigation {id: id})
SET investigation.phase = 'SUPERSEDED'
