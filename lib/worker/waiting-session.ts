import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import type { StateFolder } from '../core/state-folder.ts';
import { NOTIFIED, type WaitingSession } from '../delivery/builtin/notify.ts';
import { type ClientProcess, hasClientEnded } from '../hook/client-process.ts';
import { readSessionPlace } from '../query/find-session.ts';
import { readSessionFacts } from '../query/session-facts.ts';
import { formatCallState } from '../query/session-states.ts';
import type { Database } from '../store/database.ts';
import { lastNoticeAt, lastTypedAt } from './table.ts';

export interface WaitingSessionParts {
  readonly folder: StateFolder;
  readonly now: number;
  readonly session: string;
}

/** Reads what a notification needs to know about a session; `undefined` for an unknown one. */
export async function waitingSession(
  database: Database,
  { folder, now, session }: WaitingSessionParts,
): Promise<WaitingSession | undefined> {
  const [facts] = await readSessionFacts(database, folder, [session], now);
  if (facts === undefined) return undefined;
  const { state, message } = formatCallState(facts, { folder, now });
  const promptAt = lastTypedAt(database, session) ?? facts.startedAt;
  return {
    ...{ state, message, promptAt, workedAt: facts.workedAt },
    project: (await readSessionPlace(database, session))?.project ?? null,
    notifiedAt: lastNoticeAt(database, session, promptAt, NOTIFIED) ?? 0,
    terminal: facts.client === undefined ? undefined : terminalOf(facts.client),
  };
}

const TERMINAL = /^\/dev\/(?:pts\/\d{1,6}|tty\w{1,16}|console)$/;

/** The terminal that a process reads from or writes to; `undefined` when there is none. */
export function terminalOf(client: ClientProcess): string | undefined {
  if (hasClientEnded(client)) return undefined;
  const paths = process.platform === 'linux' ? openFiles(client.pid) : namedByPs(client.pid);
  return paths.find((path) => TERMINAL.test(path));
}

function openFiles(pid: number): readonly string[] {
  return [0, 1, 2].flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return []; // closed, or the process of another user
    }
  });
}

function namedByPs(pid: number): readonly string[] {
  try {
    const name = execFileSync('ps', ['-o', 'tty=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 2_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [`/dev/${name.trim()}`];
  } catch {
    return []; // it has just ended
  }
}
