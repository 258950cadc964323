import { execFileSync, spawn } from 'node:child_process';
import {
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

/** Starts a server on a loopback port of its own; it refuses to run as root, so not as that. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
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
  const control = (...args: readonly string[]): void =>
    run('pg_ctl', ['-D', 'data', '-s', '-w', ...args]);
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=20`;
  const url = (database = 'postgres', role = 'owner'): string =>
    `postgres://${role}@127.0.0.1:${port}/${database}`;
  const connect = (database?: string): Promise<PostgresSession> =>
    connectPostgres({ url: url(database), name: 'test' });
  const start = async (): Promise<void> => {
    // pg_ctl hands its output down to the server, which would keep a pipe open
    const child = spawn(
      `${programs}/pg_ctl`,
      ['-D', 'data', '-s', '-w', '-l', 'log', '-o', settings, 'start'],
      { ...options, stdio: 'ignore' },
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
