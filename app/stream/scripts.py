"""What Redis does in one step: Lua, run atomically by the server and logged by it as one transaction.

Read by the other modules here; knows keys by position only.

- A script is repeated safely: what it was told to delete and does not find is not counted again.
- None fails half-way for want of memory: one that frees it begins with a write that allocates nothing,
  after which Redis lets it finish.
- A kill -9 may cut a transaction in the log. Redis then starts without it but leaves its beginning in the file
  (6.2 and 7.0 do), and after the *next* start that beginning has happened, in the past. Hence what is added
  comes before what is deleted, an entry that is neither new nor pending is looked for (RECLAIM), and a counter
  that is off by a batch is set right when the streams are empty.
"""

PUBLISH = """
-- KEYS backlog, dead letters, their bytes, streams...
-- ARGV most events, most bytes of letters, entries, {stream, events, packed}..., {size, reason, letter}...
local function full()
  local adding, at = 0, 4
  for _ = 1, tonumber(ARGV[3]) do
    adding = adding + tonumber(ARGV[at + 1])
    at = at + 3
  end
  local backlog = tonumber(redis.call('GET', KEYS[1]) or '0')
  if adding == 0 or backlog == 0 or backlog + adding <= tonumber(ARGV[1]) then
    return nil
  end
  for stream = 4, #KEYS do
    if redis.call('XLEN', KEYS[stream]) > 0 then
      return backlog
    end
  end
  -- The streams are empty, whatever the counter says.
  redis.call('SET', KEYS[1], '0')
  return nil
end
local backlog = full()
if backlog then
  return {'backlog', backlog}
end
local at = 4 + 3 * tonumber(ARGV[3])
local kept, adding = tonumber(redis.call('GET', KEYS[3]) or '0'), 0
for letter = at, #ARGV, 3 do
  adding = adding + tonumber(ARGV[letter])
end
if adding > 0 and kept + adding > tonumber(ARGV[2]) then
  return {'letters', kept}
end
local events = 0
for entry = 4, at - 1, 3 do
  redis.call('XADD', KEYS[3 + tonumber(ARGV[entry])], '*', 'n', ARGV[entry + 1], 'e', ARGV[entry + 2])
  events = events + tonumber(ARGV[entry + 1])
end
if events > 0 then
  redis.call('INCRBY', KEYS[1], events)
end
for letter = at, #ARGV, 3 do
  redis.call('XADD', KEYS[2], '*', 's', ARGV[letter], 'r', ARGV[letter + 1], 'l', ARGV[letter + 2])
end
if adding > 0 then
  redis.call('INCRBY', KEYS[3], adding)
end
return {'stored'}
"""

# Entries differ a thousandfold in size, so only a look at each one keeps a batch within its bounds.
_FILL = """
local most_events, most_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local entry_events, entry_bytes = tonumber(ARGV[5]), tonumber(ARGV[6])
local events, bytes, taken = 0, 0, {}
local function has_room()
  return #taken == 0 or (events + entry_events <= most_events and bytes + entry_bytes <= most_bytes)
end
local function add(stream, entry, deliveries)
  local fields = {}
  for at = 1, #entry[2], 2 do
    fields[entry[2][at]] = entry[2][at + 1]
  end
  local count, packed = fields['n'] or '0', fields['e'] or ''
  events, bytes = events + tonumber(count), bytes + #packed
  taken[#taken + 1] = {stream, entry[1], deliveries, count, packed}
end
"""

TAKE = (
    "-- KEYS streams...\n"
    "-- ARGV group, worker, most events, most bytes, events and bytes of the largest entry, streams to try first"
    + _FILL
    + """
-- An entry of each in turn: so they stay about equally far in time, and none waits for another to be empty.
local function drain(first, last)
  local empty, left = {}, last - first + 1
  while left > 0 do
    for stream = first, last do
      if not has_room() then
        return
      end
      if not empty[stream] then
        local key = KEYS[stream]
        local found = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 1, 'STREAMS', key, '>')
        if found and found[1] then
          add(stream, found[1][2][1], 1)
        else
          empty[stream], left = true, left - 1
        end
      end
    end
  end
end
drain(1, tonumber(ARGV[7]))
drain(tonumber(ARGV[7]) + 1, #KEYS)
return taken
"""
)

RECLAIM = (
    "-- as TAKE, but ARGV[7]: idle milliseconds that make anybody's entry free, '' for the worker's own"
    + _FILL
    + """
local function delivered_up_to(key)
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local said = {}
    for at = 1, #group, 2 do
      said[group[at]] = group[at + 1]
    end
    if said['name'] == ARGV[1] then
      return said['last-delivered-id']
    end
  end
  return '0-0'
end
local function reclaim_pending(stream, key)
  local from = '-'
  while has_room() do
    local pending
    if ARGV[7] == '' then
      pending = redis.call('XPENDING', key, ARGV[1], from, '+', 64, ARGV[2])
    else
      pending = redis.call('XPENDING', key, ARGV[1], 'IDLE', ARGV[7], from, '+', 64)
    end
    if #pending == 0 then
      return
    end
    for _, one in ipairs(pending) do
      if not has_room() then
        return
      end
      local claimed = redis.call('XCLAIM', key, ARGV[1], ARGV[2], 0, one[1])
      if claimed[1] then
        add(stream, claimed[1], one[4] + 1)
      else
        -- Deleted by hand while it was pending: nothing is left to do for it.
        redis.call('XACK', key, ARGV[1], one[1])
      end
      from = '(' .. one[1]
    end
  end
end
-- Whatever is older than what was delivered last, and not pending, is an orphan; it is among the oldest.
local function adopt_orphans(stream, key)
  if redis.call('XLEN', key) == 0 then
    return
  end
  local last = delivered_up_to(key)
  for _, entry in ipairs(redis.call('XRANGE', key, '-', last, 'COUNT', 8)) do
    if not has_room() then
      return
    end
    if #redis.call('XPENDING', key, ARGV[1], entry[1], entry[1], 1) == 0 then
      redis.call('XCLAIM', key, ARGV[1], ARGV[2], 0, entry[1], 'FORCE', 'JUSTID')
      add(stream, entry, 2)
    end
  end
end
for stream, key in ipairs(KEYS) do
  reclaim_pending(stream, key)
  if ARGV[7] ~= '' then
    adopt_orphans(stream, key)
  end
end
return taken
"""
)

KEEP = """
-- KEYS streams...; ARGV group, worker, {stream, id}...
local kept = {}
for at = 3, #ARGV, 2 do
  local key, id = KEYS[tonumber(ARGV[at])], ARGV[at + 1]
  local pending = redis.call('XPENDING', key, ARGV[1], id, id, 1)
  local mine = pending[1] and pending[1][2] == ARGV[2]
  if mine then
    redis.call('XCLAIM', key, ARGV[1], ARGV[2], 0, id, 'JUSTID')
  end
  kept[#kept + 1] = mine and 1 or 0
end
return kept
"""

HAND_OVER = """
-- KEYS backlog, dead letters, their bytes, hand-overs, streams...
-- ARGV group, touched or '', entries, {stream, id, events}..., {size, reason, letter}...
redis.call('XDEL', KEYS[4], '0-0') -- allocates nothing: full memory must not stop what frees it
if ARGV[2] ~= '' then
  redis.call('XADD', KEYS[4], '*', 't', ARGV[2])
end
local at = 4 + 3 * tonumber(ARGV[3])
for letter = at, #ARGV, 3 do
  redis.call('XADD', KEYS[2], '*', 's', ARGV[letter], 'r', ARGV[letter + 1], 'l', ARGV[letter + 2])
  redis.call('INCRBY', KEYS[3], ARGV[letter])
end
local gone, events = 0, 0
for entry = 4, at - 1, 3 do
  local key = KEYS[4 + tonumber(ARGV[entry])]
  redis.call('XACK', key, ARGV[1], ARGV[entry + 1])
  if redis.call('XDEL', key, ARGV[entry + 1]) == 1 then
    gone, events = gone + 1, events + tonumber(ARGV[entry + 2])
  end
end
local left = 0
for stream = 5, #KEYS do
  left = left + redis.call('XLEN', KEYS[stream])
end
local backlog = redis.call('DECRBY', KEYS[1], events)
if backlog < left or (left == 0 and backlog > 0) then
  redis.call('SET', KEYS[1], left)
end
return gone
"""

FORGET = """
-- KEYS streams...; ARGV group, idle milliseconds.
-- With a worker goes what it holds, hence only those that hold nothing.
local gone = 0
for _, key in ipairs(KEYS) do
  for _, worker in ipairs(redis.call('XINFO', 'CONSUMERS', key, ARGV[1])) do
    local said = {}
    for at = 1, #worker, 2 do
      said[worker[at]] = worker[at + 1]
    end
    if said['pending'] == 0 and said['idle'] > tonumber(ARGV[2]) then
      redis.call('XGROUP', 'DELCONSUMER', key, ARGV[1], said['name'])
      gone = gone + 1
    end
  end
end
return gone
"""

HOLD = """
-- KEYS lease; ARGV token, milliseconds
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if holder then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

RELEASE = """
-- KEYS lease; ARGV token
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""

DONE = """
-- KEYS hand-overs; ARGV channel, change or '', ids...
local gone = 0
for at = 3, #ARGV do
  gone = gone + redis.call('XDEL', KEYS[1], ARGV[at])
end
if ARGV[2] ~= '' then
  redis.call('PUBLISH', ARGV[1], ARGV[2])
end
return gone
"""

COUNT_REASONS = """
-- KEYS dead letters; ARGV id to start after. Only reasons and numbers leave the server.
local counts, order, last = {}, {}, ''
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', 500)) do
  for at = 1, #entry[2], 2 do
    if entry[2][at] == 'r' then
      local reason = entry[2][at + 1]
      if not counts[reason] then
        order[#order + 1] = reason
      end
      counts[reason] = (counts[reason] or 0) + 1
    end
  end
  last = entry[1]
end
local flat = {}
for _, reason in ipairs(order) do
  flat[#flat + 1] = reason
  flat[#flat + 1] = counts[reason]
end
return {last, flat}
"""

BURN = """
-- KEYS dead letters, their bytes; ARGV ids...
local gone = 0
for at = 1, #ARGV do
  local found = redis.call('XRANGE', KEYS[1], ARGV[at], ARGV[at])
  if found[1] then
    for field = 1, #found[1][2], 2 do
      if found[1][2][field] == 's' then
        redis.call('DECRBY', KEYS[2], found[1][2][field + 1])
      end
    end
    gone = gone + redis.call('XDEL', KEYS[1], ARGV[at])
  end
end
if redis.call('XLEN', KEYS[1]) == 0 then
  redis.call('SET', KEYS[2], '0')
end
return gone
"""

STANDING = """
-- KEYS backlog, dead letters, hand-overs, streams...
local entries = 0
for stream = 4, #KEYS do
  entries = entries + redis.call('XLEN', KEYS[stream])
end
local events = entries > 0 and redis.call('GET', KEYS[1]) or '0'
return {events, redis.call('XLEN', KEYS[2]), redis.call('XLEN', KEYS[3]), entries}
"""
