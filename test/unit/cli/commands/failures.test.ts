import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseJsonObject } from '../../../../lib/core/json.ts';
import type { StateFolder } from '../../../../lib/core/state-folder.ts';
import { learnLessons } from '../../../../lib/features/failure/lessons.ts';
import { parseEnvelope } from '../../../../lib/events/envelope-schema.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { inStore, preparedStore, START } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const call = (
  tool: string,
  target: string,
  id: string,
  outcome: string,
  error?: string,
): JsonObject => ({ tool, target, outcome, tool_use_id: id, error });

/** Two patterns: one with a fix, in /work/shop; one of another project. */
function learned(): StateFolder {
  const folder = preparedStore([
    [
      'task.failed',
      10,
      {
        session_id: 's1',
        project: '/work/shop',
        call: call(
          'Bash',
          'npm run tset',
          't1',
          'failed',
          'Exit code 1\nnpm error Missing script: "tset"',
        ),
      },
    ],
    [
      'checkpoint.created',
      20,
      { session_id: 's1', project: '/work/shop', call: call('Bash', 'npm run test', 't2', 'ok') },
    ],
    [
      'task.failed',
      30,
      {
        session_id: 's2',
        project: '/work/other',
        repository: '/work/other/.git',
        call: call(
          'Bash',
          'cat /x',
          't3',
          'failed',
          'Exit code 1\ncat: /x: No such file or directory',
        ),
      },
    ],
  ]);
  inStore(folder, (database) => learnLessons(database, 's1'));
  return folder;
}

const NOW = START + 60_000;
const run = (folder: StateFolder, args: readonly string[]) =>
  runCommand(folder, ['failures', ...args], { now: NOW });

async function listed(
  folder: StateFolder,
  args: readonly string[] = [],
): Promise<readonly JsonObject[]> {
  const { out, status } = await run(folder, ['list', '--json', ...args]);
  const found: unknown = JSON.parse(out);
  if (status !== 0 || !Array.isArray(found)) throw new Error(out);
  return found.filter(isJsonObject);
}

/** What the command left in the queue. */
function queued(folder: StateFolder): readonly JsonObject[] {
  const place = `${folder.queue}/pending/2`;
  return readdirSync(place)
    .sort()
    .map((file) => parseJsonObject(readFileSync(`${place}/${file}`, 'utf8')) ?? {});
}

function applyQueued(folder: StateFolder): void {
  const events = queued(folder).flatMap((entry) => {
    const parsed = parseEnvelope(entry);
    return parsed.ok ? [parsed.event] : [];
  });
  inStore(folder, (database) => eventApplier(database, EFFECTS, () => NOW)(events));
}

describe('waymark failures with calls that failed and nothing learned', () => {
  it('says why, and how to find them', async () => {
    const failed = {
      session_id: 's1',
      project: '/gone',
      call: call('Bash', 'x', 't1', 'failed', 'e'),
    };
    const folder = preparedStore([['task.failed', 10, failed]]);
    inStore(folder, (database) => database.exec('DELETE FROM failure_patterns'));
    const { out, status } = await runCommand(folder, ['failures']);
    expect(out).toContain('Nothing was learned yet from 1 failed call');
    expect(out).toContain('dispatch`');
    expect([status, out.includes('No failures yet')]).toEqual([0, false]);
  });
});

describe('waymark failures', () => {
  it('changes by an event, and says that it waits where no worker is running', async () => {
    const folder = learned();
    const id = String((await listed(folder))[1]?.['id']);
    const { status, out, err } = await run(folder, ['set', id, 'deny']);
    expect({ status, out }).toEqual({ status: 0, out: `${id} set to deny: queued.\n` });
    expect(err).toContain('waits in the queue');
    expect(queued(folder)).toMatchObject([
      {
        event_type: 'learning.pattern_changed',
        source: 'cli',
        payload: { pattern_id: id, action: 'deny' },
      },
    ]);
    applyQueued(folder);
    expect((await listed(folder))[1]).toMatchObject({ action: 'deny', isSet: true });
  });

  it.each([
    [['mute'], { action: 'mute' }],
    [['unmute'], { action: 'default' }],
    [['confirm'], { confirmed: 'npm run test' }],
    [['delete'], { deleted: true }],
    [['set', 'auto-fix'], { action: 'auto-fix', fix: 'npm run test' }],
  ])('sends what %j means', async ([command = '', ...rest], payload) => {
    const folder = learned();
    const id = String((await listed(folder))[1]?.['id']);
    expect((await run(folder, [command, id, ...rest, '--json'])).status).toBe(0);
    expect(queued(folder)[0]?.['payload']).toEqual({ pattern_id: id, ...payload });
  });

  it('refuses an auto-fix without a whole fix, a confirmation without any, and actions that do not exist', async () => {
    const folder = learned();
    const [other] = await listed(folder);
    for (const args of [
      ['set', String(other?.['id']), 'auto-fix'],
      ['confirm', String(other?.['id'])],
      ['set', String(other?.['id']), 'explode'],
    ])
      expect((await run(folder, args)).status).toBe(2);
    expect(() => queued(folder)).toThrow('ENOENT');
  });

  it('exports what another waymark can import, once however often', async () => {
    const file = `${tempFolder()}/knowledge.json`;
    const from = learned();
    expect((await run(from, ['export', file])).out).toBe(`2 patterns exported to ${file}.\n`);
    const to = preparedStore([]);
    for (let round = 0; round < 2; round += 1) {
      await run(to, ['import', file]);
      applyQueued(to);
    }
    const strip = (list: readonly JsonObject[]) => list.map(({ lastCommand: _, ...rest }) => rest);
    expect(strip(await listed(to))).toEqual(strip(await listed(from)));
    await runCommand(to, ['failures', 'import', file, '--everywhere'], { now: NOW + 1_000 });
    applyQueued(to);
    expect((await listed(to, ['--project', '/third'])).map(({ scope }) => scope)).toEqual([
      'global',
      'global',
    ]);
  });

  it.each([
    ['{"format":2,"patterns":[]}', 'KNOWLEDGE_TOO_NEW'],
    ['{"patterns":[]}', 'KNOWLEDGE_INVALID'],
    ['{"format":1}', 'KNOWLEDGE_INVALID'],
    ['{"format":1,"patterns":[{"id":"pat_000000000000"}]}', 'KNOWLEDGE_INVALID'],
    ['not JSON', 'KNOWLEDGE_INVALID'],
  ])('refuses to import %s', async (text, code) => {
    const folder = learned();
    const file = `${tempFolder()}/knowledge.json`;
    writeFileSync(file, text);
    const { status, err } = await run(folder, ['import', file, '--json']);
    expect([status, JSON.parse(err).error.code]).toEqual([1, code]);
    expect(() => queued(folder)).toThrow('ENOENT');
  });
});
