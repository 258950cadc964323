import { errnoOf, reasonOf } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { PostgresFault, type PostgresFaultKind } from '../../store/postgres/postgres-fault.ts';

/** What went wrong at Redis, in the kinds of PostgreSQL. Its message never has a password. */
export class RedisFault extends Error {
  readonly kind: PostgresFaultKind;

  constructor(kind: PostgresFaultKind, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'RedisFault';
    this.kind = kind;
  }
}

/** Longest part of a message that is kept. */
const MAX_MESSAGE = 200;

/**
 * By the first word of an error reply. A primary that became a replica (`READONLY`) is as good as
 * gone: the next connection finds the new one.
 */
const KINDS: Readonly<Record<string, PostgresFaultKind>> = {
  READONLY: 'down',
  MASTERDOWN: 'down',
  LOADING: 'busy',
  OOM: 'busy',
  MISCONF: 'busy',
  NOREPLICAS: 'busy',
  BUSY: 'busy',
  CLUSTERDOWN: 'busy',
  NOAUTH: 'denied',
  WRONGPASS: 'denied',
  NOPERM: 'denied',
};

/** Clearer messages for replies that only Redis experts understand. */
const MESSAGES: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory (maxmemory)',
  READONLY: 'Redis is a read-only replica',
};

/** Where in a script of ours a command failed: says nothing to a person. */
const IN_SCRIPT = / script: [0-9a-f]+, on @user_script:\d+\.?$/;

/** The fault behind what the client threw. */
export function redisFault(thrown: unknown): RedisFault {
  if (thrown instanceof RedisFault) return thrown;
  const reason = oneLine(reasonOf(thrown) || errnoOf(thrown) || 'no answer').replace(IN_SCRIPT, '');
  const word = /^[A-Z]{3,}(?= |$)/.exec(reason)?.[0];
  const kind = word === undefined || errnoOf(thrown) !== '' ? 'down' : (KINDS[word] ?? 'schema');
  const message = (word === undefined ? undefined : MESSAGES[word]) ?? reason;
  return new RedisFault(kind, message.slice(0, MAX_MESSAGE), thrown);
}

/** What kind of fault of a server it is; `undefined` for any other error. */
export function faultKindOf(error: unknown): PostgresFaultKind | undefined {
  return error instanceof PostgresFault || error instanceof RedisFault ? error.kind : undefined;
}
