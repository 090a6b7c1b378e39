/*
title = "Known suspicious file"
severity = "high"
maturity = "stable"
attack = ["T1588.001", "T1105"]
on = ["file_hashed", "indicator"]
key = ["host", "file"]
message = "{host} holds a file that threat intelligence knows ({source}): {path}."
description = "A host holds content whose hash threat intelligence names."
why = "A hash is not guessed: this content is what the source says it is."
blind_spots = "One changed byte is another hash."
benign = [
  "A dual-use tool that somebody brought on purpose.",
  "A malware collection of the security team.",
]
investigate = [
  {ask = "Did it run, and who started it?", pivot = "first_times", of = "host"},
  {ask = "Where else does this content lie?", pivot = "same_hash", of = "file"},
  {ask = "What did it talk to?", pivot = "contacts", of = "host"},
]
resolve = [
  "Keep a copy, then remove the file.",
  "Restore the host to a known clean state if it ran.",
]
*/
MATCH (host:Host)-[holds:HOLDS]->(file:File)
USING INDEX SEEK holds:HOLDS(novel_since)
WHERE holds.novel_since >= $from AND holds.novel_since < $to
MATCH (indicator:Indicator {about: file.id})
// Content was yesterday what it is today: since when a source counts it says nothing of it.
WHERE coalesce(holds.novel_since < indicator.valid_until, true)
WITH host, holds, file, indicator
ORDER BY coalesce(indicator.confidence, -1) DESC, indicator.id
WITH host, holds, file, collect(indicator)[0] AS indicator
RETURN host, file, indicator, holds.path AS path, indicator.source AS source,
       holds.novel_since AS at, false AS learning
ORDER BY at, path
