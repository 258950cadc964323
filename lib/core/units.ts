/** Formats a size in bytes: `0 B`, `830 B`, `1.2 MB`. */
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

/** Formats milliseconds in the two largest useful units: `0s`, `42s`, `3m`, `2h 5m`, `4d 3h`. */
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

/** After this many days, a date is clearer. */
const MAX_DAYS = 99;

/**
 * Formats a time relative to now: `now`, `42s ago`, `3m ago`, `5h ago`, `4d ago`, `in 3m`; a date
 * if it is long ago.
 */
export function formatAgo(at: number, now: number): string {
  const ms = Math.abs(now - at);
  if (ms < 1_000) return 'now';
  if (ms >= MAX_DAYS * DAY) return formatTime(at, now).slice(0, 10);
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

/** Formats a count: `1,204`. */
export function formatCount(count: number): string {
  // toLocaleString costs 20 ms at its first call, because it loads the data of all languages.
  return String(count).replace(/\B(?=(?:\d{3})+(?!\d))/g, ',');
}

/** Formats dollars: `$12.34`, `$1,234.50`, `< $0.01`. */
export function formatUsd(dollars: number): string {
  if (dollars > 0 && dollars < 0.005) return '< $0.01';
  const [whole = '0', cents = '00'] = dollars.toFixed(2).split('.');
  return `$${formatCount(Number(whole))}.${cents}`;
}

/** Formats a count with its noun: `1 hook`, `3 hooks`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Formats local time: `14:03:21` on the day of `now`, `2026-11-21 14:03` on another day. */
export function formatTime(at: number, now: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === new Date(now).toDateString())
    return `${clock}:${two(time.getSeconds())}`;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}
