import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';

/** A PostgreSQL of its own, with throw-away data. */
export interface PostgresServer {
  readonly port: number;
  /** The address of a database on it, for the superuser or another role. */
  readonly url: (database?: string, role?: string) => string;
  /** Opens a session of the superuser. */
  readonly connect: (database?: string) => Promise<PostgresSession>;
  readonly createDatabase: (name: string) => Promise<void>;
  readonly start: () => Promise<void>;
  /** `immediate` ends it as a crash does. */
  readonly stop: (how: 'fast' | 'immediate') => void;
  /** Ends it and deletes its data. */
  readonly remove: () => void;
}

const ROOT = '/usr/lib/postgresql';

/** The folder of the programs of the latest version that is installed, or `undefined`. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(ROOT)) return undefined;
  const versions = readdirSync(ROOT).toSorted((one, other) => Number(other) - Number(one));
  return versions
    .map((version) => `${ROOT}/${version}/bin`)
    .find((folder) => existsSync(`${folder}/initdb`));
}

/** Where a server is, if not on the loopback of this machine. */
export interface ServerNetwork {
  readonly address: string;
  /** The words before a command that give it that network. */
  readonly within: readonly string[];
}

const LOOPBACK: ServerNetwork = { address: '127.0.0.1', within: [] };

/**
 * Starts a server on a port of its own. It refuses to run as root, so it runs as another user. In
 * another network, tests reach it by its socket.
 */
export async function startPostgres(
  programs: string,
  { address, within }: ServerNetwork = LOOPBACK,
): Promise<PostgresServer> {
  const folder = mkdtempSync(`${tmpdir()}/waymark-pg-`);
  const user = otherUser();
  const options = { cwd: folder, ...user };
  mkdirSync(`${folder}/data`, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) {
    chmodSync(folder, 0o755);
    chownSync(folder, user.uid, user.gid);
    chownSync(`${folder}/data`, user.uid, user.gid);
  }
  const run = (program: string, args: readonly string[]): void => {
    execFileSync(`${programs}/${program}`, args, { ...options, stdio: 'pipe' });
  };
  run('initdb', ['-D', 'data', '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']);
  const port = await freePort();
  const isHere = within.length === 0;
  const control = (...args: readonly string[]): void =>
    run('pg_ctl', ['-D', 'data', '-s', '-w', ...args]);
  const settings = `-p ${port} -k ${folder} -c listen_addresses=${address} -c fsync=off -c max_connections=20`;
  const url = (database = 'postgres', role = 'owner'): string =>
    `postgres://${role}@${address}:${port}/${database}`;
  const connect = (database?: string): Promise<PostgresSession> =>
    connectPostgres({
      url: isHere ? url(database) : `${url(database)}?host=${folder}`,
      name: 'test',
    });
  if (!isHere) appendFileSync(`${folder}/data/pg_hba.conf`, 'host all all samenet trust\n');
  const start = async (): Promise<void> => {
    // pg_ctl hands its output down to the server, which would keep a pipe open
    const [program = '', ...before] = isHere
      ? [`${programs}/pg_ctl`]
      : [...within, ...asUser(user), `${programs}/pg_ctl`];
    const child = spawn(
      program,
      [...before, '-D', 'data', '-s', '-w', '-l', 'log', '-o', settings, 'start'],
      { cwd: folder, ...(isHere ? user : {}), stdio: 'ignore' },
    );
    await new Promise((resolve) => child.once('exit', resolve));
  };
  await start();
  return {
    ...{ port, url, connect, start },
    createDatabase: async (name) => {
      const session = await connect();
      await session.script(`CREATE DATABASE ${name}`);
      await session.close();
    },
    stop: (how) => control('-m', how, 'stop'),
    remove: () => {
      try {
        control('-m', 'immediate', 'stop');
      } catch {
        // it has ended already
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Only root enters another network, and becomes another user there. */
function asUser({ uid, gid }: ReturnType<typeof otherUser>): readonly string[] {
  if (uid === undefined || gid === undefined) return [];
  return ['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups'];
}

function otherUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port');
  return address.port;
}
