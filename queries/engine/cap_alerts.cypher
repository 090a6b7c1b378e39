/*
title = "Move alerts across the daily cap"
description = "A late alert came before them, or one before them was withdrawn."
*/
UNWIND $rows AS row
MATCH (alert:Alert {id: row.id})
SET alert.state = row.state, alert.reason = row.reason
