import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testHome } from '../support/test-home.ts';

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** Each turn starts some thirty processes of git. */
const PATIENCE_MS = 60_000;

const SESSION = 'session-1';
const BRANCH = `waymark/${SESSION}`;

/** A repository in which turns are committed, and events of a session in it. */
function scene() {
  const home = testHome();
  const project = tempFolder();
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: project, encoding: 'utf8', stdio: 'pipe' }).trim();
  git('init', '-q', '-b', 'main', '--template=');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  writeFileSync(`${project}/total`, 'one\n');
  git('add', 'total');
  git('commit', '-qm', 'first');
  writeFileSync(home.folder.configFile, JSON.stringify({ autoCommit: [project] }));
  const hooks = `${project}/.git/hooks`;
  mkdirSync(hooks, { recursive: true });
  const pidFile = `${tempFolder()}/pid`;
  /** Git calls it when a ref has moved: from there to our event lies nothing but the call's end. */
  const killsItsWorker = `#!/bin/sh\n[ "$1" = committed ] && kill -9 "$(cat '${pidFile}')"\n:\n`;
  writeFileSync(`${hooks}/reference-transaction`, killsItsWorker, { mode: 0o755 });
  const endTurn = (text: string): string => {
    const payload = { session_id: SESSION, project, worktree: project };
    home.enqueue({ type: 'session.prompt_submitted', payload: { ...payload, prompt: text } });
    writeFileSync(`${project}/total`, `${text}\n`);
    return home.enqueue({ type: 'checkpoint.created', payload: { ...payload, kind: 'stop' } });
  };
  const told = (): readonly string[] =>
    home
      .rows("SELECT id FROM events WHERE type LIKE 'session.auto_%' ORDER BY seq")
      .map(({ id }) => String(id));
  return { home, project, git, hooks, pidFile, endTurn, told };
}

it('makes the commit of a turn once, and tells of it, when the worker is killed between the two', {
  timeout: 3 * PATIENCE_MS,
}, async () => {
  const { home, git, hooks, pidFile, endTurn, told } = scene();
  vi.stubEnv('TMPDIR', tempFolder()); // the drafts of the killed worker stay there
  const first = programs.worker({ home: home.root });
  writeFileSync(pidFile, String(first.pid));
  const turn = endTurn('two');
  const { signal } = await first.exited;
  expect(signal).toBe('SIGKILL');
  expect(git('rev-list', '--count', `main..${BRANCH}`)).toBe('1');
  expect(told()).toEqual([]);

  rmSync(`${hooks}/reference-transaction`);
  programs.worker({ home: home.root });
  await eventually('it is told', () => told().length > 0, PATIENCE_MS);
  expect(told()).toEqual([`auto-commit:${turn}`]);
  expect(git('rev-list', '--count', `main..${BRANCH}`)).toBe('1');
  const next = endTurn('three');
  await eventually('the next turn follows', () => told().length > 1, PATIENCE_MS);
  expect(told()).toEqual([`auto-commit:${turn}`, `auto-commit:${next}`]);
  expect(git('show', `${BRANCH}:total`)).toBe('three');
  expect(git('rev-list', '--count', `main..${BRANCH}`)).toBe('2');
});
