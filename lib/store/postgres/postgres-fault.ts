import { errnoOf, reasonOf } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';

/**
 * `down`: nobody answers, or the server ends or starts; `busy`: it has no room for us now;
 * `denied`: the password or the role; `readonly`: it takes no writes, as a standby does; `schema`:
 * it lacks a table or a column; `refused`: it does not take what it was sent.
 */
export type PostgresFaultKind = 'down' | 'busy' | 'denied' | 'readonly' | 'schema' | 'refused';

/** What went wrong at PostgreSQL. Its message never has a password, nor a value that was sent. */
export class PostgresFault extends Error {
  readonly kind: PostgresFaultKind;

  constructor(kind: PostgresFaultKind, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'PostgresFault';
    this.kind = kind;
  }
}

/** Longest part of a message that is kept: a server may quote what it was sent. */
const LONGEST = 200;

/** By SQLSTATE, the first that it begins with: appendix A of the manual of PostgreSQL. */
const KINDS: ReadonlyArray<readonly [string, PostgresFaultKind]> = [
  ['53300', 'busy'],
  ['53', 'busy'],
  ['55P03', 'busy'],
  ['57014', 'busy'],
  ['25P03', 'busy'],
  ['25P04', 'busy'],
  ['40', 'busy'],
  ['57P', 'down'],
  ['08', 'down'],
  ['28', 'denied'],
  ['42501', 'denied'],
  ['3D000', 'denied'],
  ['25006', 'readonly'],
  ['42P01', 'schema'],
  ['42703', 'schema'],
  ['42883', 'schema'],
  ['3F000', 'schema'],
];

/** The fault behind what a driver threw. */
export function postgresFault(thrown: unknown): PostgresFault {
  if (thrown instanceof PostgresFault) return thrown;
  const code = errnoOf(thrown);
  // the driver names the step of a protocol
  if (/client password must be/i.test(reasonOf(thrown)))
    return new PostgresFault('denied', 'it asks for a password, and none is given', thrown);
  const isState = /^[0-9A-Z]{5}$/.test(code);
  const kind = isState
    ? (KINDS.find(([start]) => code.startsWith(start))?.[1] ?? 'refused')
    : 'down';
  const reason = oneLine(reasonOf(thrown) || code || 'no answer');
  // such a message quotes what was sent
  const told = kind === 'refused' ? `${code} ${reason.replaceAll(/"[^"]*"/g, '"…"')}` : reason;
  return new PostgresFault(kind, told.slice(0, LONGEST), thrown);
}
