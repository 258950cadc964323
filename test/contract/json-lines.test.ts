import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../lib/cli/command-table.ts';
import { loadCommand } from '../../lib/cli/load-command.ts';
import { createProgram } from '../../lib/cli/program.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { silentContext } from '../unit/cli/silent-context.ts';

const WAYMARK = join(import.meta.dirname, '../../dist/waymark.cjs');
const program = await createProgram(silentContext(), COMMANDS, loadCommand);

/** Every command that goes on printing, and the option with which it does. */
const STREAMS = program.commands
  .flatMap((command) => [command, ...command.commands])
  .flatMap((command) => {
    const flag = command.options.find(({ long }) => long === '--follow' || long === '--watch');
    const above = command.parent === program ? [] : [command.parent?.name() ?? ''];
    return flag === undefined ? [] : [{ args: [...above, command.name(), flag.long ?? ''] }];
  });

const EVENT = {
  event_type: 'task.failed',
  timestamp: '2026-11-22T10:00:00.000Z',
  source: 'cli',
  payload: {},
};

describe('a command that goes on printing', () => {
  it('is one of those that are known', () => {
    const lines = STREAMS.map(({ args }) => args.join(' '));
    expect(lines.toSorted()).toEqual(['log --follow', 'status --watch', 'worker log --follow']);
  });

  it.each(STREAMS)('prints one JSON object per line: $args', async ({ args }) => {
    const root = tempFolder();
    const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
    mkdirSync(folder.log, { recursive: true, mode: 0o700 });
    const event = (id: string): string => JSON.stringify({ ...EVENT, event_id: id });
    writeFileSync(`${folder.log}/task-events.jsonl`, `${event('evt_1')}\n${event('evt_2')}\n`);
    writeFileSync(`${folder.log}/worker.log`, '{"code":"ONE"}\n{"code":"TWO"}\n');
    const child = spawn(process.execPath, [WAYMARK, ...args, '--json'], {
      env: {
        PATH: process.env['PATH'],
        HOME: root,
        WAYMARK_HOME: folder.root,
        XDG_RUNTIME_DIR: `${root}/run`,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const found: unknown[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      found.push(JSON.parse(line));
      if (found.length === 2) break;
    }
    child.kill();
    await once(child, 'close');
    expect(found).toEqual([expect.any(Object), expect.any(Object)]);
  });
});
