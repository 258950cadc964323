import { WaymarkError } from '../core/errors.ts';
import { parseJsonObject } from '../core/json.ts';
import { readPlainFile } from '../core/read-plain-file.ts';
import type { StateFolder, TeamPlace } from '../core/state-folder.ts';
import { isRedisUrl } from '../fleet/redis/redis-place.ts';
import { PASSWORD_VARIABLE, passwordOf, readMembership, splitTarget } from '../fleet/membership.ts';

/** What the user asks to read. */
export interface TeamWish {
  /** An address, or `team`: where this machine sends to. */
  readonly store?: string | undefined;
  readonly host?: string | undefined;
  readonly person?: string | undefined;
  readonly repository?: string | undefined;
}

const MAX_BYTES = 1_048_576;

/** Means the team of this machine. */
const OWN_TEAM = 'team';

/**
 * Where queries read when it is not the store of this machine: as asked, else as the environment
 * or config.json say.
 * @throws {@link WaymarkError} USAGE for an address that is none, or a filter without a team.
 */
export function teamPlace(
  { root, configFile }: StateFolder,
  { store, host, person, repository }: TeamWish,
  { environment }: { readonly environment: Readonly<Record<string, string | undefined>> },
): TeamPlace | undefined {
  const wanted = store ?? environment['WAYMARK_STORE_URL'] ?? configuredStore(configFile);
  const filter = withoutUndefined({ host, person, repository });
  if (wanted === undefined || wanted === '') {
    if (Object.keys(filter).length === 0) return undefined;
    throw new WaymarkError(
      'USAGE',
      'Cannot filter rows: the store of this machine has only its own sessions',
      {
        remedy: 'Add --store team, or --store URL.',
      },
    );
  }
  const membership = readMembership(root);
  if (wanted === OWN_TEAM) {
    if (membership === undefined)
      throw new WaymarkError(
        'USAGE',
        'Cannot read the store of the team: this machine belongs to no team',
        {
          remedy: 'Run `waymark fleet join URL` first, or give --store URL.',
        },
      );
    requireReadable(membership.target);
    const password = passwordOf(membership, environment);
    return { url: membership.target, filter, ...(password === undefined ? {} : { password }) };
  }
  const { url, password: given } = splitTarget(wanted);
  requireReadable(url);
  const own = membership?.target === url ? passwordOf(membership, environment) : undefined;
  const password = given ?? environment[PASSWORD_VARIABLE] ?? own;
  return { url, filter, ...(password === undefined ? {} : { password }) };
}

/** @throws {@link WaymarkError} USAGE for streams, which nobody reads rows from. */
function requireReadable(url: string): void {
  if (!isRedisUrl(url)) return;
  throw new WaymarkError('USAGE', 'Cannot read rows from Redis: they are in PostgreSQL', {
    remedy: 'Run `waymark config set storeUrl postgres://USER@HOST/DATABASE`.',
  });
}

/** Most commands have none, so the file is parsed only where it might name one. */
function configuredStore(file: string): string | undefined {
  const read = readPlainFile(file, { maxBytes: MAX_BYTES, followsLinks: true });
  if (read === undefined || !('text' in read) || !read.text.includes('"storeUrl"'))
    return undefined;
  const value = parseJsonObject(read.text)?.['storeUrl'];
  // the setting is a list; a person may write the one address without brackets
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}

function withoutUndefined(
  wish: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(wish).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
