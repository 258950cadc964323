import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STATES } from '../../sessions/states.ts';
import { inStore, preparedStore, SESSION } from './prepared-store.ts';
import { runCommand } from './run-command.ts';

const HOSTILE = '\u001b]0;x\u0007\u001b[31m\u009b2J\r\u202e\u2066\u200b\ufeff\u061c\u{e0041}</b>`';
const HIDDEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\udb40/;

/** Puts the text behind every text of every column that takes it; into JSON as a string of it. */
function spoil(folder: ReturnType<typeof preparedStore>): void {
  inStore(folder, (database) => {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name: table } of tables)
      for (const { name: column } of database
        .prepare(`PRAGMA table_info("${String(table)}")`)
        .all())
        try {
          const sql = `UPDATE "${String(table)}" SET "${String(column)}" =
            CASE WHEN json_valid("${String(column)}") THEN json_set("${String(column)}", '$.project', ?)
            ELSE "${String(column)}" || ? END WHERE typeof("${String(column)}") = 'text'`;
          database.prepare(sql).run(HOSTILE, HOSTILE);
        } catch {
          // a key or a constraint refuses it
        }
  });
}

const LINES = [
  ...['', 'status', 'sessions', 'events', 'events --by type', 'events --by session', 'log'],
  ...['failures', 'routing', 'dead list', 'handlers list', 'handlers stats', 'webhooks list'],
  ...['schedule list', 'config', 'doctor', 'worker log', 'clean --dry-run', 'resume', 'trace last'],
  ...[`show ${SESSION}`, 'show last', `trace ${SESSION}`, `resume ${SESSION}`, 'failures show x'],
  ...[`show ${HOSTILE}`, `${HOSTILE}`, `config ${HOSTILE}`, `status --${HOSTILE}`],
];

describe('a store full of hostile texts', () => {
  it.each(LINES)('prints nothing hidden: waymark %j', async (line) => {
    const folder = preparedStore();
    for (const state of ['failures', 'dead-entry', 'dead-deliveries', 'agent-runs'])
      await STATES[state]?.(folder);
    spoil(folder);
    mkdirSync(folder.log, { recursive: true });
    const entry = { time: new Date().toISOString(), level: 'error', code: HOSTILE };
    for (const log of ['worker.log', 'hook-errors.log'])
      writeFileSync(`${folder.log}/${log}`, `${JSON.stringify({ ...entry, message: HOSTILE })}\n`);
    const args = line.split(' ').filter((word) => word !== '');
    const environment = { HOME: folder.root };
    const plain = await runCommand(folder, args, { environment });
    expect(plain.out + plain.err).not.toMatch(HIDDEN);
    const coloured = await runCommand(folder, args, {
      environment: { ...environment, FORCE_COLOR: '1' },
    });
    expect((coloured.out + coloured.err).replace(/\u001b\[\d{1,2}m/g, '')).not.toMatch(HIDDEN);
    const json = await runCommand(folder, [...args, '--json'], { environment });
    expect(json.out + json.err).not.toMatch(HIDDEN);
  });
});
