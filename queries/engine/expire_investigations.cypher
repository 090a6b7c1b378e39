/*
title = "Let investigations lapse"
description = "Those without new evidence for longer than their lapse, by the deployment's clock."
*/
UNWIND ['OBSERVING', 'EARLY_WARNING'] AS phase
MATCH (investigation:Investigation)
USING INDEX SEEK investigation:Investigation(phase, last_at)
WHERE investigation.phase = phase AND investigation.last_at < $clock AND investigation.lapses_at < $clock
SET investigation.phase = 'EXPIRED'
RETURN investigation.id AS id
