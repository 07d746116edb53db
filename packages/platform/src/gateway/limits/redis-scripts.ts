// Each is atomic, and takes the time of the server: gateways' clocks do not matter. Times are microseconds.
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]`

/**
 * Lets one request of a tenant through, or says what refuses it: the rules of `MemoryLimiter`, for all gateways together.
 *
 * Keys: when the bucket is full again; the leases of what is under way, by when they end. Arguments: the interval between
 * requests, or 0; the burst; how many may be under way, or 0; the lease; its time in milliseconds. Gives what
 * refuses, how many more would be let through, in how many microseconds it is one more, and how many are under way.
 */
export const admitScript = `${now}
local interval, burst, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local running = 0
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  running = redis.call('ZCARD', KEYS[2])
  if running >= most then return {'concurrency', 0, 0, running} end
end
local available, next = 0, 0
if interval > 0 then
  local empty = burst * interval
  local missing = math.min(empty, math.max(0, tonumber(redis.call('GET', KEYS[1]) or 0) - now))
  local allowed = missing + interval <= empty + 1
  if allowed then
    missing = missing + interval
    redis.call('SET', KEYS[1], string.format('%.2f', now + missing), 'PX', math.ceil(missing / 1000) + 1)
  end
  available = math.max(0, math.floor((empty - missing + 1) / interval))
  next = math.ceil(math.max(0, missing - (burst - available - 1) * interval))
  if not allowed then return {'rate', 0, next, running} end
end
if most > 0 then
  redis.call('ZADD', KEYS[2], now + ARGV[5] * 1000, ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
  running = running + 1
end
return {'', available, next, running}`

/** Keeps leases of a tenant: the key of its leases; the time of a lease in milliseconds, and the leases. */
export const renewScript = `${now}
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1] * 1000, ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`
