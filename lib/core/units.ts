/** `0 B`, `830 B`, `1.2 MB`: a size in bytes, short. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `0s`, `42s`, `3m`, `2h 5m`, `4d 3h`: milliseconds in the two largest units that say something. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return seconds % 60 === 0 || minutes >= 10 ? `${minutes}m` : `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days}d` : `${days}d ${hours % 24}h`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Beyond this many days a date says more than their number. */
const MOST_DAYS = 99;

/** `now`, `42s ago`, `3m ago`, `5h ago`, `4d ago`, `in 3m`; a date when it is long ago. */
export function formatAgo(at: number, now: number): string {
  const ms = Math.abs(now - at);
  if (ms < 1_000) return 'now';
  if (ms >= MOST_DAYS * DAY) return formatTime(at, now).slice(0, 10);
  const size =
    ms < MINUTE
      ? `${Math.floor(ms / 1_000)}s`
      : ms < HOUR
        ? `${Math.floor(ms / MINUTE)}m`
        : ms < 2 * DAY
          ? `${Math.floor(ms / HOUR)}h`
          : `${Math.floor(ms / DAY)}d`;
  return at > now ? `in ${size}` : `${size} ago`;
}

/** `1,204`. */
export function formatCount(count: number): string {
  // toLocaleString costs 20 ms at its first call: it loads the data of all languages
  return String(count).replace(/\B(?=(?:\d{3})+(?!\d))/g, ',');
}

/** `1 hook`, `3 hooks`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Local time: `14:03:21` on the day of `now`, `2026-11-21 14:03` on another. */
export function formatTime(at: number, now: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === new Date(now).toDateString())
    return `${clock}:${two(time.getSeconds())}`;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}
