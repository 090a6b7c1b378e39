"""What the system does in a second, and what that costs: measured through the processes that production has.

Beside the flow, above everything: `place` starts fresh databases and our own commands, `load` makes the
records, and one module a question measures (`ingest` with its `references`, `latency`, `memory`,
`detection`). Every measurement returns a dict for JSON; `report` says it to people.
"""
