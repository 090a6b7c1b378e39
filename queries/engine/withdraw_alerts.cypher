/*
title = "Withdraw alerts"
description = "Sets the state and the reason; the alert and what analysts said of it stay."
*/
UNWIND $rows AS row
MATCH (alert:Alert {id: row.id})
SET alert.state = 'WITHDRAWN', alert.reason = row.reason
