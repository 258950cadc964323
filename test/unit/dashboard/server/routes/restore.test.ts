import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type {
  DiffAnswer,
  RestoreDone,
  RestorePlan,
} from '../../../../../lib/dashboard/server/routes/restore.ts';
import type { CheckpointsAnswer } from '../../../../../lib/dashboard/server/routes/sessions.ts';
import { codeScene, SESSION } from '../../../../support/code-scene.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { prepareStore } from '../../../cli/prepared-store.ts';

/** A work tree with a checkpoint, a change after it, and a file that came since. */
async function scene() {
  const code = codeScene();
  code.git('init', '-q', '--template=');
  code.write('a.txt', 'one\n');
  const kept = await code.shoot();
  code.write('a.txt', 'two\n');
  code.write('new.txt', 'new\n');
  const { folder, environment, clock } = code.actionContext;
  prepareStore(folder);
  const dashboard = testDashboard({ folder, environment, now: clock() + 10_000 });
  const change = async <T>(path: string, body: object): Promise<T> =>
    JSON.parse(await (await dashboard.post(path, { workTree: code.root, ...body })).text());
  return { ...dashboard, code, kept, change };
}

const read = (path: string): string => readFileSync(path, 'utf8');

describe('restoring files from the page', () => {
  it('lists the checkpoints of a session, and what changed since one', async () => {
    const { ask, code, kept } = await scene();
    const { checkpoints } = await ask<CheckpointsAnswer>(`/api/sessions/${SESSION}/checkpoints`);
    expect(checkpoints).toMatchObject([{ id: kept.id, workTree: code.root, isThere: true }]);
    const parameters = new URLSearchParams({ workTree: code.root, from: kept.id });
    const { files, patch } = await ask<DiffAnswer>(`/api/diff?${parameters}`);
    expect(files.map(({ path }) => path)).toEqual(['a.txt', 'new.txt']);
    expect(patch).toContain('-one\n+two\n');
  });

  it('shows what would change, and changes nothing by that', async () => {
    const { change, code, kept } = await scene();
    const plan = await change<RestorePlan>('/api/restore/plan', { checkpoint: kept.id });
    expect(plan).toMatchObject({ steps: [{ path: 'a.txt', step: 'overwrite' }], more: 0 });
    expect(read(`${code.root}/a.txt`)).toBe('two\n');
  });

  it('answers two requests for a plan that come at once', async () => {
    const { change, kept } = await scene();
    const ask = (removeNew: boolean): Promise<RestorePlan> =>
      change('/api/restore/plan', { checkpoint: kept.id, removeNew });
    const plans = await Promise.all([ask(false), ask(true), ask(false)]);
    for (const { steps } of plans) expect(steps).toEqual([{ path: 'a.txt', step: 'overwrite' }]);
  });

  it('does what was shown, and takes it back', async () => {
    const { change, code, kept } = await scene();
    const { digest } = await change<RestorePlan>('/api/restore/plan', { checkpoint: kept.id });
    const done = await change<RestoreDone>('/api/restore/run', { checkpoint: kept.id, digest });
    expect(done).toMatchObject({ written: 1, removed: 0, skipped: [] });
    expect(read(`${code.root}/a.txt`)).toBe('one\n');
    expect(existsSync(`${code.root}/new.txt`)).toBe(true);
    const undo = await change<RestorePlan>('/api/restore/plan', { undo: true });
    await change('/api/restore/run', { undo: true, digest: undo.digest });
    expect(read(`${code.root}/a.txt`)).toBe('two\n');
  });

  it('refuses when the files have changed since they were shown', async () => {
    const { change, post, code, kept } = await scene();
    const { digest } = await change<RestorePlan>('/api/restore/plan', { checkpoint: kept.id });
    code.write('a.txt', 'three\n');
    const body = { workTree: code.root, checkpoint: kept.id, digest };
    const response = await post('/api/restore/run', body);
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('they have changed since you looked');
    expect(read(`${code.root}/a.txt`)).toBe('three\n');
  });

  it('does nothing without the plan that was shown', async () => {
    const { post, code, kept } = await scene();
    for (const digest of [undefined, '', 'x', 7]) {
      const body = { workTree: code.root, checkpoint: kept.id, digest };
      expect((await post('/api/restore/run', body)).ok).toBe(false);
    }
    expect(read(`${code.root}/a.txt`)).toBe('two\n');
  });

  it('refuses what names no checkpoint, or no work tree of ours', async () => {
    const { post, code } = await scene();
    for (const [body, status] of [
      [{ checkpoint: 'ffff' }, 404],
      [{ checkpoint: '' }, 400],
      [{}, 400],
      [{ workTree: '/nowhere/at/all', checkpoint: 'last' }, 409],
      [{ workTree: '/', checkpoint: 'last' }, 409],
      [{ workTree: 7, checkpoint: 'last' }, 400],
      [{ undo: true }, 404],
    ] as const) {
      const response = await post('/api/restore/plan', { workTree: code.root, ...body });
      expect(response.status, JSON.stringify(body)).toBe(status);
    }
  });
});

describe('a work tree that is none', () => {
  it.each(['src', '', '.', '/tmp/\0', '\0'])(
    'is refused and looked for nowhere: %j',
    async (workTree) => {
      const { post, get, bugs } = testDashboard();
      const plan = await post('/api/restore/plan', { workTree, undo: true });
      const run = await post('/api/restore/run', { workTree, undo: true, digest: 'x' });
      const diff = await get(`/api/diff?${new URLSearchParams({ workTree, from: 'x' })}`);
      for (const answer of [plan, run, diff]) {
        expect(answer.status).toBe(400);
        expect(await answer.text()).toContain('expected the absolute path of a folder');
      }
      expect(bugs).toEqual([]);
    },
  );
});
