import { fieldsOf, listOf, type RedisSession, type Reply, textOf } from '../redis/connect-redis.ts';
import { FEED_GROUP, MAX_ENTRY_BYTES } from '../redis/feed-keys.ts';

/** An entry as the stream has it. */
export interface StreamEntry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, Reply>;
  /** How often a worker has taken it, this time included. */
  readonly deliveries: number;
  /** Bytes of its names and values. */
  readonly bytes: number;
  /** Whether it is so large that Redis kept its data back: at most its head is in `fields`. */
  readonly isTooLarge: boolean;
}

/** An entry that was taken so often is taken alone: the others are not to blame. */
export const MAX_DELIVERIES_TOGETHER = 5;

/** No more entries are taken once those of this time have so many bytes. */
const MAX_BYTES = 4_000_000;

/** A larger head is not read. Those of machines have a few hundred bytes. */
const MAX_HEAD_BYTES = 16_384;

/**
 * First what was taken and not acknowledged, then what is new. Redis only counts entries, and one
 * may have any size: so it counts their bytes here, before it sends them. It also does so when it
 * is out of memory: only workers can make it smaller then. A large entry that is not sent counts,
 * too: to read it takes Redis a part of a second, in which it answers nobody.
 */
const SCRIPT = `#!lua flags=allow-oom
local key, group, me = KEYS[1], ARGV[1], ARGV[2]
local most, room, limit = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local longest, together = tonumber(ARGV[6]), tonumber(ARGV[7])
local taken = {}
local function keep(entry, count)
  local fields, size, kept = entry[2], 0, {}
  for at = 1, #fields do size = size + #fields[at] end
  room = room - size
  if size <= limit then
    kept = fields
  else
    for at = 1, #fields, 2 do
      if fields[at] == 'meta' and #fields[at + 1] <= longest then kept = { 'meta', fields[at + 1] } end
    end
  end
  taken[#taken + 1] = { entry[1], count, size, kept }
end
local from = '0-0'
repeat
  local reply = redis.call('XAUTOCLAIM', key, group, me, 0, from, 'COUNT', 1)
  from = reply[1]
  for _, entry in ipairs(reply[2]) do
    local count = redis.call('XPENDING', key, group, entry[1], entry[1], 1)[1][4]
    keep(entry, count)
    if count > together then return taken end
  end
until from == '0-0' or #taken >= most or room <= 0
while from == '0-0' and #taken < most and room > 0 do
  local reply = redis.call('XREADGROUP', 'GROUP', group, me, 'COUNT', 1, 'STREAMS', key, '>')
  if not reply then break end
  keep(reply[1][2][1], 1)
end
return taken`;

/**
 * Takes the oldest entries of a stream, at most `most`. However large they are, the reply has at
 * most {@link MAX_BYTES} and one entry more.
 */
export async function takeEntries(
  session: RedisSession,
  {
    key,
    consumer,
    most,
  }: { readonly key: string; readonly consumer: string; readonly most: number },
): Promise<readonly StreamEntry[]> {
  const limits = [most, MAX_BYTES, MAX_ENTRY_BYTES, MAX_HEAD_BYTES, MAX_DELIVERIES_TOGETHER];
  const reply = await session.send(
    ...['EVAL', SCRIPT, '1', key, FEED_GROUP, consumer, ...limits.map(String)],
  );
  return listOf(reply).map((one) => {
    const [id, deliveries, bytes, fields] = listOf(one);
    return {
      id: textOf(id),
      fields: fieldsOf(fields),
      deliveries: Number(deliveries),
      bytes: Number(bytes),
      isTooLarge: Number(bytes) > MAX_ENTRY_BYTES,
    };
  });
}
