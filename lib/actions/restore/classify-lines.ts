import { isJsonObject } from '../../core/json.ts';

/** What a transcript consists of. */
export interface LineClassification {
  /**
   * Lines that are a JSON object. A line above {@link MAX_PARSED_BYTES} only has to look like one.
   */
  readonly valid: number;
  /** Bytes of lines that are none: cut by a crash, filled with zeros, or not JSON at all. */
  readonly bad: readonly Range[];
  readonly badLines: number;
  readonly bytes: number;
  /** Whether its last line has an end. */
  readonly isEnded: boolean;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const NEWLINE = 0x0a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** A longer line is judged by its first and its last byte. */
const MAX_PARSED_BYTES = 8 << 20;

/**
 * Tells the lines of a transcript that Claude Code can read from those that it cannot. Memory is
 * bounded, whatever the length of a line.
 */
export function classifyLines(pieces: Iterable<Buffer>): LineClassification {
  const bad: Range[] = [];
  let [valid, badLines, offset, start] = [0, 0, 0, 0];
  let parts: Buffer[] = [];
  let [first, last] = [0, 0];
  let kept = 0;
  const take = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    if (first === 0) first = bytes[0] ?? 0;
    last = bytes.at(-1) ?? 0;
    kept += bytes.length;
    if (kept <= MAX_PARSED_BYTES) parts.push(bytes);
    else parts = [];
  };
  const end = (to: number): void => {
    if (kept > 0) {
      const isValid = kept > MAX_PARSED_BYTES ? first === OPEN && last === CLOSE : isObject(parts);
      if (isValid) valid += 1;
      else {
        badLines += 1;
        const before = bad.at(-1);
        if (before?.to === start) bad[bad.length - 1] = { from: before.from, to };
        else bad.push({ from: start, to });
      }
    }
    [parts, first, last, kept, start] = [[], 0, 0, 0, to];
  };
  for (const bytes of pieces) {
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      take(bytes.subarray(from, at));
      end(offset + at + 1);
      from = at + 1;
    }
    take(bytes.subarray(from));
    offset += bytes.length;
  }
  const isEnded = start === offset;
  if (!isEnded) end(offset);
  return { valid, bad, badLines, bytes: offset, isEnded };
}

/** The bytes of a transcript without its bad lines, its last line with an end. */
export function* removeBadLines(
  pieces: Iterable<Buffer>,
  { bad, isEnded }: LineClassification,
): Generator<Buffer> {
  let offset = 0;
  let next = 0;
  for (const bytes of pieces) {
    let from = 0;
    while (from < bytes.length) {
      const range = bad[next];
      if (range === undefined || range.from >= offset + bytes.length) {
        yield bytes.subarray(from);
        break;
      }
      if (range.from > offset + from) yield bytes.subarray(from, range.from - offset);
      from = Math.max(from, Math.min(bytes.length, range.to - offset));
      if (range.to <= offset + bytes.length) next += 1;
    }
    offset += bytes.length;
  }
  const isLastBad = bad.at(-1)?.to === offset;
  if (!isEnded && !isLastBad) yield Buffer.from('\n');
}

function isObject(parts: readonly Buffer[]): boolean {
  try {
    return isJsonObject(JSON.parse(Buffer.concat(parts).toString('utf8')));
  } catch {
    return false;
  }
}
