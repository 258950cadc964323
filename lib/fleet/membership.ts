import { rmSync, statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { WaymarkError } from '../core/errors.ts';
import { parseJsonObject, stringField } from '../core/json.ts';
import { lazy } from '../core/lazy.ts';
import { readPlainFile } from '../core/read-plain-file.ts';
import { replaceFile } from '../core/replace-file.ts';
import { makePrivateFolder } from '../core/state-folder.ts';
import { isRedisUrl, redisPlace } from './redis/redis-place.ts';

/** What this machine knows of the place of its team. */
export interface Membership {
  /** The address without a password. */
  readonly target: string;
  /** A random id: two machines may have one name. */
  readonly host: string;
  readonly name: string;
  readonly person: string | null;
  /** For hashes of what is not shared. Never sent. */
  readonly salt: string;
  readonly joinedAt: string;
  /** A file of the user's with the password, read at each connection. */
  readonly passwordFile?: string;
  /** The password itself, where it came from the environment. */
  readonly password?: string;
  /** Names the wish to delete what was sent; nothing is sent any more. */
  readonly leaving?: string;
}

/** Loaded when a machine joins: most commands only read. */
const crypto = lazy(() => process.getBuiltinModule('node:crypto'));

const MAX_BYTES = 65_536;

function fileIn(root: string): string {
  return `${root}/fleet.json`;
}

/** When the membership changed last; 0 without one. Costs one look at a file. */
export function membershipChangedAt(root: string): number {
  return statSync(fileIn(root), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * The membership of this machine, or `undefined`.
 * @throws {@link WaymarkError} CONFIG_INVALID for a file that cannot be used, without its content.
 */
export function readMembership(root: string): Membership | undefined {
  const read = readPlainFile(fileIn(root), { maxBytes: MAX_BYTES });
  if (read === undefined) return undefined;
  const stored = 'text' in read ? parseJsonObject(read.text) : undefined;
  const of = (name: string): string | undefined => stringField(stored ?? {}, name);
  const [target, host, salt] = [of('target'), of('host'), of('salt')];
  if (target === undefined || host === undefined || salt === undefined)
    throw new WaymarkError(
      'CONFIG_INVALID',
      `Cannot read ${fileIn(root)}: ${'problem' in read ? read.problem : 'it is not what `waymark fleet join` wrote'}`,
      { remedy: 'Delete the file and run `waymark fleet join` again.' },
    );
  const [passwordFile, password, leaving] = [of('passwordFile'), of('password'), of('leaving')];
  return {
    ...{ target, host, salt },
    name: of('name') ?? '',
    person: of('person') ?? null,
    joinedAt: of('joinedAt') ?? '',
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(password === undefined ? {} : { password }),
    ...(leaving === undefined ? {} : { leaving }),
  };
}

/** Writes it, readable by this user alone. A machine may join before anything else was recorded. */
export function writeMembership(root: string, membership: Membership): void {
  makePrivateFolder(root);
  replaceFile(fileIn(root), `${JSON.stringify(membership, null, 2)}\n`, { mode: 0o600 });
}

export function removeMembership(root: string): void {
  rmSync(fileIn(root), { force: true });
}

/** A new machine: its name and its user are those of the system. */
export function newMachine(): Pick<Membership, 'host' | 'name' | 'person' | 'salt'> {
  return {
    host: crypto().randomBytes(9).toString('base64url'),
    name: hostname(),
    person: userNameOf(),
    salt: crypto().randomBytes(16).toString('base64url'),
  };
}

function userNameOf(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null; // an id without an entry
  }
}

/** An address and the password that it had. */
export interface SplitTarget {
  readonly url: string;
  readonly password: string | undefined;
}

/**
 * Takes the password out of an address.
 * @throws {@link WaymarkError} USAGE for what is no address of PostgreSQL or Redis; never shows it.
 */
export function splitTarget(text: string): SplitTarget {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw wrongTarget('it is not a URL');
  }
  if (isRedisUrl(text)) redisPlace(text);
  else if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    throw wrongTarget('it does not begin with postgres:// or redis://');
  const inQuery = url.searchParams.get('password') ?? '';
  const password = url.password === '' ? inQuery : decodeURIComponent(url.password);
  url.password = '';
  url.searchParams.delete('password');
  return { url: url.href, password: password === '' ? undefined : password };
}

function wrongTarget(reason: string): WaymarkError {
  return new WaymarkError('USAGE', `Cannot use the address: ${reason}`, {
    remedy:
      'Give it as postgres://USER@HOST/DATABASE or redis://USER@HOST; `waymark docs team` shows how.',
  });
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The password for a connection: that of the file, of the environment, or the one that was kept.
 * @throws {@link WaymarkError} CONFIG_INVALID for a file that others may read.
 */
export function passwordOf(
  { passwordFile, password }: Pick<Membership, 'passwordFile' | 'password'>,
  environment: Environment,
): string | undefined {
  if (passwordFile !== undefined) return readPassword(passwordFile);
  return environment[PASSWORD_VARIABLE] ?? password;
}

export const PASSWORD_VARIABLE = 'WAYMARK_FLEET_PASSWORD';

/**
 * The first line of a file with a password.
 * @throws {@link WaymarkError} CONFIG_INVALID when it cannot be read, or others may read it.
 */
export function readPassword(path: string): string {
  const read = readPlainFile(path, { maxBytes: MAX_BYTES });
  const refuse = (reason: string, remedy: string): never => {
    throw new WaymarkError('CONFIG_INVALID', `Cannot read the password: ${reason}`, { remedy });
  };
  if (read === undefined) return refuse(`${path} does not exist`, 'Choose another file.');
  if ('problem' in read) return refuse(`${path}: ${read.problem}`, 'Give a plain file.');
  const others = (statSync(path).mode & 0o077) !== 0 && process.platform !== 'win32';
  if (others) return refuse(`others may read ${path}`, `Run \`chmod 600 ${path}\`.`);
  return read.text.split(/\r?\n/, 1)[0] ?? '';
}
