import { ERRORS, errnoOf, WaymarkError } from '../core/errors.ts';
import type { PostgresFaultKind } from '../store/postgres/postgres-fault.ts';
import { faultKindOf, RedisFault } from './redis/redis-fault.ts';

const REMEDIES: Readonly<Record<PostgresFaultKind, string>> = {
  down: 'Check that it runs, and that this machine reaches it.',
  busy: 'It is tried again. If it lasts, its owner should give it more connections, memory or disk.',
  denied: 'Check the user, the password and what the role may do: `waymark docs team`.',
  readonly: 'It is a standby, or its owner allows no writes. Join the primary, or ask the owner.',
  schema: ERRORS.FLEET_NOT_READY.remedy,
  refused: 'Please report it: `waymark docs team` says what is sent.',
};

const CERTIFICATE_REMEDY =
  'Name the file of the certificate authority in the address: ?ca=FILE for Redis, ?sslmode=verify-full&sslrootcert=FILE for PostgreSQL.';

/** `insufficient_privilege` of PostgreSQL. */
const NO_RIGHT = '42501';

const RIGHTS_REMEDY =
  'Ask the owner of the tables to run `GRANT waymark_writer TO ROLE`; a role that only reads needs waymark_reader.';

/** `must be owner of table sessions`: no right that can be given replaces that. */
const OWNER_ONLY = /must be owner of/;

const OWNER_REMEDY = 'Only the owner of the tables may do this: name that user in the address.';

/** Codes of Node for a certificate that it does not trust. */
const CERTIFICATE_CODES =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|CERT_|ERR_TLS_CERT_)/;

function isOfCertificate(error: unknown): boolean {
  return error instanceof Error && CERTIFICATE_CODES.test(errnoOf(error.cause));
}

const REDIS_REMEDY =
  'Use Redis 7 or later, and give waymark a `?prefix=` in the address that nothing else uses there.';

/** What a person can do about a server that does not do what it is asked; `undefined`: unknown. */
export function remedyOf(error: unknown): string | undefined {
  if (error instanceof WaymarkError) return error.remedy;
  const kind = faultKindOf(error);
  if (kind === 'down' && isOfCertificate(error)) return CERTIFICATE_REMEDY;
  if (error instanceof Error && errnoOf(error.cause) === NO_RIGHT)
    return OWNER_ONLY.test(error.message) ? OWNER_REMEDY : RIGHTS_REMEDY;
  if (error instanceof RedisFault && kind === 'schema') return REDIS_REMEDY;
  return kind === undefined ? undefined : REMEDIES[kind];
}
