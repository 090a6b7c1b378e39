/*
title = "A subject's stored investigations and composite alerts"
description = "Those of one composite rule, from a moment on."
*/
CALL () {
  MATCH (found:Investigation)
  USING INDEX SEEK found:Investigation(subject, last_at)
  WHERE found.subject = $subject AND found.last_at >= $since AND found.rule = $rule AND found.phase <> 'SUPERSEDED'
  RETURN found
  UNION
  MATCH (found:Alert)
  USING INDEX SEEK found:Alert(host, at)
  WHERE found.host = $subject AND found.at >= $since AND found.rule = $rule
  RETURN found
}
RETURN found
