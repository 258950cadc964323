import { appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { eventually } from '../support/eventually.ts';
import { namesIn, type TestHome, testHome } from '../support/test-home.ts';

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

const line = (command: string, error = `bash: line 1: ${command}: command not found`): string =>
  `${JSON.stringify({ tool: 'Bash', command, error, session_id: 's-log', project: '/p' })}\n`;

function stored(home: TestHome): readonly unknown[] {
  return home
    .rows(
      "SELECT json_extract(envelope, '$.payload.call.error') AS error FROM events WHERE type = 'task.failed' ORDER BY error",
    )
    .map((row) => row['error']);
}

describe('watched logs', () => {
  it('become knowledge that hooks can read, from lines written before and while a worker runs', async () => {
    const home = testHome();
    mkdirSync(home.folder.log, { recursive: true });
    writeFileSync(`${home.folder.log}/failures.log`, line('gti status'));
    programs.worker({ home: home.root });
    await eventually('the first line is stored', () => home.count('command_runs') === 1);
    appendFileSync(`${home.folder.log}/failures.log`, line('gti status'));
    await eventually(
      'the view is written',
      () =>
        existsSync(`${home.folder.views}/failures/needles`) &&
        home.count('failure_needles') === 1 &&
        namesIn(`${home.folder.views}/failures`).length === 2,
    );
    appendFileSync(`${home.folder.log}/policy-hits.log`, 'push to main\n');
    await eventually(
      'the violation is stored',
      () => home.rows("SELECT 1 FROM events WHERE type = 'security.policy_violation'").length === 1,
    );
  });

  it('are read once, whenever the worker is killed and however the log is rotated', async () => {
    const home = testHome();
    const log = `${home.folder.log}/failures.log`;
    mkdirSync(home.folder.log, { recursive: true });
    const expected: string[] = [];
    let worker = programs.worker({ home: home.root });
    for (let round = 0; round < 6; round += 1) {
      for (let index = 0; index < 40; index += 1) {
        const error = `error ${String(round).padStart(2, '0')}-${String(index).padStart(3, '0')}`;
        expected.push(error);
        appendFileSync(log, `${error}\n`);
        if (index === 20 && round % 2 === 1) renameSync(log, `${log}.1`);
      }
      await eventually('something of the round is stored', () => stored(home).length > round * 40);
      worker.kill('SIGKILL');
      await worker.exited;
      worker = programs.worker({ home: home.root });
    }
    await eventually('all lines are stored', () => stored(home).length >= expected.length);
    await eventually('nothing is left', () => home.isQuiet());
    expect(stored(home)).toEqual(expected);
  });
});
