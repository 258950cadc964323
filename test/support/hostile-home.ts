import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { JsonObject } from '../../lib/core/json.ts';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import type { Database } from '../../lib/store/database.ts';
import { STATES } from '../sessions/states.ts';
import { inStore, prepareStore } from '../unit/cli/prepared-store.ts';
import { tempFolder } from './temp-folder.ts';

/**
 * What would move a cursor, set a title, colour what follows, turn text around or hide in it. Fits
 * into a file name.
 */
export const HOSTILE =
  '\u001b]0;x\u0007\u001b[4;91m\u009b2J\r\u202e\u2066\u200b\u2060\ufeff\u061c\u00ad\u3164\u{e0041}</b>`'.replace(
    '/',
    '\u2215',
  );

/** Everything that must not reach a terminal; line breaks are ours. */
export const HIDDEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|\udb40[\udc00-\udfff]/;

/**
 * Texts that programs compare: a word, an id, a time. In a home of `names` they stay, so that rows
 * are still found.
 */
const KEYWORD = /^(?:[a-z_./-]{1,40}|[0-9a-f]{6,}|[\dTZ:.-]{8,}|(?:evt|pat|toolu)_\w+)$/i;
const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$|^s\d$/;

export interface HostileHome {
  readonly folder: StateFolder;
  readonly home: string;
  readonly cwd: string;
}

/**
 * Makes homes with hostile text once for the tests of a file: state folder, home and project with
 * such a text in every column, file and file name; their paths have some, too.
 * @returns what copies one into a folder of the test. It takes whether what programs compare
 * (words, ids, times) stays as it is.
 */
export function hostileHomes(): (keeps: boolean) => HostileHome {
  let made = '';
  beforeAll(async () => {
    made = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-hostile-')));
    for (const keeps of [true, false]) await fill(`${made}/${keeps}`, keeps);
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  return (keeps) => {
    const root = `${tempFolder()}/${HOSTILE}`;
    cpSync(`${made}/${keeps}`, root, { recursive: true });
    const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
    return { folder, home: `${root}/home`, cwd: `${root}/project` };
  };
}

async function fill(root: string, keeps: boolean): Promise<void> {
  const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  const spoil = (text: string): string =>
    keeps && (KEYWORD.test(text) || ID.test(text)) ? text : `${text}${HOSTILE}`;
  prepareStore(folder);
  for (const state of [
    'failures',
    'dead-entry',
    'dead-deliveries',
    'agent-runs',
    'waiting-entries',
  ])
    await STATES[state]?.(folder);
  inStore(folder, (database) => spoilStore(database, spoil));
  spoilFiles(folder, spoil);
  const settings = { hooks: { [HOSTILE]: [{ hooks: [{ type: 'command', command: HOSTILE }] }] } };
  for (const place of [`${root}/home`, `${root}/project`]) {
    mkdirSync(`${place}/.claude`, { recursive: true });
    writeFileSync(`${place}/.claude/settings.json`, JSON.stringify(settings));
    writeFileSync(`${place}/.claude/waymark.json`, JSON.stringify({ [HOSTILE]: HOSTILE }));
  }
}

/** Every text of every column that takes it; in JSON every text and every name. */
function spoilStore(database: Database, spoil: (text: string) => string): void {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name: table } of tables)
    for (const { name: column } of database
      .prepare(`PRAGMA table_info("${String(table)}")`)
      .all()) {
      const [from, at] = [`"${String(table)}"`, `"${String(column)}"`];
      const values = database
        .prepare(`SELECT DISTINCT ${at} AS value FROM ${from} WHERE typeof(${at}) = 'text'`)
        .all();
      for (const { value } of values)
        try {
          const sql = `UPDATE ${from} SET ${at} = ? WHERE ${at} = ?`;
          database.prepare(sql).run(spoiledText(String(value), spoil), String(value));
        } catch {
          // a constraint allows certain words alone
        }
    }
}

function spoiledText(text: string, spoil: (text: string) => string): string {
  if (!/^[[{]/.test(text)) return spoil(text);
  return JSON.stringify(spoiledValue(JSON.parse(text), spoil));
}

function spoiledValue(value: unknown, spoil: (text: string) => string): unknown {
  if (typeof value === 'string') return spoil(value);
  if (Array.isArray(value)) return value.map((item) => spoiledValue(item, spoil));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, spoiledValue(item, spoil)]);
  return { ...Object.fromEntries(entries), [HOSTILE]: HOSTILE };
}

/** A file of each kind, with hostile content and a hostile name. */
function spoilFiles(folder: StateFolder, spoil: (text: string) => string): void {
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  const time = '2026-11-22T10:00:00.000Z';
  const event = spoiledValue(
    { event_type: 'custom.made', timestamp: time, source: 'ci', payload: { session_id: 'x' } },
    spoil,
  );
  const reason = {
    code: 'HANDLING_FAILED',
    reason: HOSTILE,
    remedy: HOSTILE,
    attempts: 5,
    at: time,
  };
  const log = { time, level: 'error', code: 'X', message: HOSTILE, hook: HOSTILE, remedy: HOSTILE };
  const beat = {
    timestamp: time,
    freshUntil: time,
    id: HOSTILE,
    pid: 1,
    mode: HOSTILE,
    trouble: HOSTILE,
  };
  const write = (path: string, value: unknown): void => {
    mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o700 });
    writeFileSync(path, typeof value === 'string' ? value : `${JSON.stringify(value)}\n`, {
      mode: 0o600,
    });
  };
  for (const name of [`5_1795338000000_00000000000000d2${HOSTILE}.a5.json`, `${HOSTILE}.json`]) {
    write(`${queue.dead}/${name}`, event);
    write(`${queue.dead}/${name}.reason`, reason);
    write(`${queue.pending}/3/${name}`, event);
    write(`${queue.pending}/${name}`, event);
  }
  for (const name of [
    'worker.log',
    'hook-errors.log',
    'failures.log',
    'session-events.jsonl',
    HOSTILE,
  ])
    write(`${folder.log}/${name}`, { ...log, ...asObject(event) });
  write(`${folder.root}/archive/events/2026-11-22.jsonl`, event);
  write(`${folder.root}/heartbeat/${HOSTILE}.json`, beat);
  write(`${folder.root}/wake/${HOSTILE}`, '');
  write(`${folder.root}/throttle/${HOSTILE}/captured`, `${HOSTILE}\n`);
  write(`${folder.root}/handlers/${HOSTILE}.mjs`, `throw new Error(${JSON.stringify(HOSTILE)});`);
  write(`${folder.root}/views/handlers.json`, { format: 1, [HOSTILE]: HOSTILE });
  write(`${folder.root}/statusline.json`, {
    wrapped: [{ scope: 'user', file: HOSTILE, command: HOSTILE }],
  });
  write(`${folder.root}/config.json`, configOf());
  write(`${folder.root}/webhooks.json`, webhooksOf(time));
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function configOf(): JsonObject {
  return {
    [HOSTILE]: HOSTILE,
    durability: HOSTILE,
    watchedLogs: [`/x${HOSTILE}`],
    ignoredProjects: [`/x${HOSTILE}`],
    schedules: { [HOSTILE]: HOSTILE },
  };
}

function webhooksOf(addedAt: string): JsonObject {
  const hook = { url: `https://x.example/${HOSTILE}`, types: [HOSTILE], secret: HOSTILE, addedAt };
  return {
    format: 1,
    webhooks: [
      { name: HOSTILE, ...hook },
      { name: 'ops', ...hook },
    ],
  };
}
