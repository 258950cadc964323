import { reasonOf } from '../core/errors.ts';

/** SQLite's primary result codes that say "the store", never "this entry". @see https://sqlite.org/rescode.html */
const STORE_CODES = {
  5: 'BUSY',
  6: 'LOCKED',
  7: 'NOMEM',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  26: 'NOTADB',
} as const;

export type StoreFaultKind = (typeof STORE_CODES)[keyof typeof STORE_CODES];

/** The store cannot serve now; no entry is to blame, none loses an attempt for it. */
export class StoreFault extends Error {
  readonly kind: StoreFaultKind;

  constructor(kind: StoreFaultKind, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.name = 'StoreFault';
    this.kind = kind;
  }
}

/** The {@link StoreFault} behind what a driver threw, or `undefined` when the statement itself was wrong. */
export function storeFaultOf(thrown: unknown): StoreFault | undefined {
  if (thrown instanceof StoreFault) return thrown;
  const kind = kindByNumber(thrown) ?? kindByName(thrown);
  return kind === undefined ? undefined : new StoreFault(kind, thrown);
}

function kindByNumber(thrown: unknown): StoreFaultKind | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const number = 'errcode' in thrown ? thrown.errcode : 'rawCode' in thrown ? thrown.rawCode : undefined;
  if (typeof number !== 'number') return undefined;
  const primary = number & 0xff;
  return Object.entries(STORE_CODES).find(([code]) => Number(code) === primary)?.[1];
}

function kindByName(thrown: unknown): StoreFaultKind | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  const text = `${code} ${reasonOf(thrown)}`;
  const named = Object.values(STORE_CODES).find((name) => text.includes(`SQLITE_${name}`));
  if (named !== undefined) return named;
  if (/database is locked|database table is locked/i.test(text)) return 'BUSY';
  if (/malformed|corrupt/i.test(text)) return 'CORRUPT';
  if (/not a database/i.test(text)) return 'NOTADB';
  if (/unable to open database/i.test(text)) return 'CANTOPEN';
  if (/disk I\/O error/i.test(text)) return 'IOERR';
  if (/database or disk is full/i.test(text)) return 'FULL';
  if (/readonly database/i.test(text)) return 'READONLY';
  return undefined;
}
