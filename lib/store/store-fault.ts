import { reasonOf, WaymarkError } from '../core/errors.ts';

/**
 * Primary result codes of SQLite that blame the store, never the entry. @see
 * https://sqlite.org/rescode.html
 */
const STORE_CODES = {
  5: 'BUSY',
  6: 'LOCKED',
  7: 'NOMEM',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  15: 'PROTOCOL',
  26: 'NOTADB',
} as const;

/** `TOO_NEW`: a later waymark wrote it. */
export type StoreFaultKind = (typeof STORE_CODES)[keyof typeof STORE_CODES] | 'TOO_NEW';

/** The store cannot work now. No entry is to blame, so none loses an attempt. */
export class StoreFault extends Error {
  readonly kind: StoreFaultKind;

  constructor(kind: StoreFaultKind, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.name = 'StoreFault';
    this.kind = kind;
  }
}

/**
 * Returns the {@link StoreFault} for an error of a driver, or `undefined` if the statement itself
 * was wrong.
 */
export function storeFaultOf(thrown: unknown): StoreFault | undefined {
  if (thrown instanceof StoreFault) return thrown;
  if (thrown instanceof WaymarkError && thrown.code === 'STORE_TOO_NEW')
    return new StoreFault('TOO_NEW', thrown);
  const code = resultCode(thrown);
  const kind =
    code === undefined
      ? undefined
      : Object.entries(STORE_CODES).find(([primary]) => Number(primary) === (code & 0xff))?.[1];
  return kind === undefined ? undefined : new StoreFault(kind, thrown);
}

/**
 * Returns SQLite's result code. Never uses the text: `malformed JSON` in one entry must not look
 * like a malformed database.
 */
function resultCode(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  // node:sqlite
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return thrown.errcode;
  if ('rawCode' in thrown && typeof thrown.rawCode === 'number') return thrown.rawCode; // libsql
  // libsql, while it opens a file.
  const onOpening = /^ConnectionFailed\(.*: (\d+)"\)$/s.exec(reasonOf(thrown))?.[1];
  return onOpening === undefined ? undefined : Number(onOpening);
}
