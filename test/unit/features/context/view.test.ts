import { describe, expect, it } from 'vitest';
import { forgetRows } from '../../../../lib/retention/forget.ts';
import { listDueRefreshes } from '../../../../lib/store/refreshes.ts';
import { StoreFault } from '../../../../lib/store/store-fault.ts';
import { CONTEXT_VIEW } from '../../../../lib/features/context/view.ts';
import { contextHome, readView, SESSION } from './context-home.ts';

describe('contextRefresher', () => {
  it('writes what docs/context-view.md promises', () => {
    const home = contextHome();
    home.event('session.started', { model: 'claude-sonnet-4-5' });
    home.answer(120_500);
    expect(home.refresh()).toEqual({
      format: 1,
      session: SESSION,
      tokens: 120_500,
      window: 200_000,
      windowSource: 'table',
      percent: 60.2,
      model: 'claude-sonnet-4-5',
      at: home.clock(),
      epoch: 0,
      thresholds: [70, 85, 95],
      crossed: [],
    });
    expect(home.raised()).toEqual([]);
  });

  it('shows tokens alone while the window is not known, and warns of nothing', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(900_000, 'some-model');
    expect(home.refresh()).toMatchObject({
      tokens: 900_000,
      window: null,
      windowSource: null,
      percent: null,
      crossed: [],
    });
    expect(home.refresh({ windows: [['some', 1_000_000]] })).toMatchObject({
      window: 1_000_000,
      windowSource: 'setting',
      percent: 90,
    });
  });

  it('shows the window before the first answer once the status line has reported it', () => {
    const home = contextHome();
    home.event('session.started');
    expect(home.refresh()).toBeUndefined();
    home.event('session.window_seen', { model: 'claude-opus-4-8', window: 1_000_000 });
    expect(home.refresh()).toMatchObject({
      tokens: null,
      percent: null,
      window: 1_000_000,
      windowSource: 'status-line',
      model: 'claude-opus-4-8',
    });
    home.answer(250_000, 'claude-opus-4-8');
    expect(home.refresh()).toMatchObject({
      tokens: 250_000,
      percent: 25,
      windowSource: 'status-line',
    });
  });

  it('raises an alert for each threshold, and from the second on a list of what may go and one checkpoint, each once', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(141_000);
    expect(home.refresh()).toMatchObject({
      percent: 70.5,
      crossed: [{ percent: 70, at: home.clock() }],
    });
    expect(home.raised()).toEqual(['system.health_alert 70']);
    home.answer(171_000);
    home.refresh();
    home.refresh();
    home.answer(195_000);
    home.refresh();
    expect(home.raised()).toEqual([
      'system.health_alert 70',
      'system.health_alert 85',
      'system.cleanup_needed 85',
      'checkpoint.created',
      'system.health_alert 95',
      'system.cleanup_needed 95',
    ]);
    expect(home.database.prepare('SELECT kind, saved_by FROM checkpoints').all()).toEqual([
      { kind: 'auto', saved_by: 'context-watch' },
    ]);
  });

  it('makes the checkpoint also when the context jumps past every threshold at once', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(196_000);
    home.refresh();
    expect(home.raised()).toEqual([
      'system.health_alert 70',
      'system.health_alert 85',
      'system.health_alert 95',
      'system.cleanup_needed 95',
      'checkpoint.created',
    ]);
  });

  it('raises nothing twice and loses nothing when the store fails in between', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(175_000);
    home.failOnce(new StoreFault('IOERR', 'disk I/O error'));
    expect(() => home.refresh()).toThrow('disk I/O error');
    expect(home.raised()).toEqual([]);
    home.refresh();
    home.refresh();
    expect(home.raised()).toEqual([
      'system.health_alert 70',
      'system.health_alert 85',
      'system.cleanup_needed 85',
      'checkpoint.created',
    ]);
  });

  it('starts over after a compaction, for sizes above the one that it left', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(180_000);
    home.refresh();
    home.compaction(150_000);
    expect(home.refresh()).toMatchObject({ tokens: 150_000, percent: 75, epoch: 1, crossed: [] });
    home.answer(175_000);
    expect(home.refresh()).toMatchObject({ crossed: [{ percent: 85 }] });
    expect(home.raised().filter((raised) => raised.startsWith('system.health'))).toEqual([
      'system.health_alert 70',
      'system.health_alert 85',
      'system.health_alert 85',
    ]);
  });

  it('raises nothing for a session that has ended, and does when it is resumed', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(180_000);
    home.event('session.ended');
    expect(home.refresh()).toMatchObject({ percent: 90, crossed: [] });
    home.advance(1_000);
    home.event('session.started', { reason: 'resume' });
    expect(home.refresh()).toMatchObject({ crossed: [{ percent: 70 }, { percent: 85 }] });
  });

  it('names what fills the context from the first threshold on', () => {
    const home = contextHome();
    home.event('session.started');
    const operation =
      'INSERT INTO operations (tool_use_id, claimed_session, call_tool, call_target, at) VALUES (?, ?, ?, ?, ?)';
    const size = 'INSERT INTO result_sizes (tool_use_id, session_id, at, size) VALUES (?, ?, ?, ?)';
    const result = (id: string, tool: string, target: string, characters: number): void => {
      home.database.prepare(operation).run(id, SESSION, tool, target, home.clock());
      home.database.prepare(size).run(id, SESSION, home.clock(), characters);
      home.advance(1);
    };
    result('t0', 'Read', 'before the compaction', 400_000);
    home.compaction(20_000);
    home.advance(1);
    for (const id of ['t1', 't2', 't3']) result(id, 'Read', '/work/a.ts', 40_000);
    result('t4', 'Bash', 'npm test', 60_000);
    home.answer(172_000);
    expect(home.refresh()?.['fills']).toEqual([
      { tool: 'Read', target: '/work/a.ts', results: 3, tokens: 30_000 },
      { tool: 'Bash', target: 'npm test', results: 1, tokens: 15_000 },
    ]);
    const cleanup = home.database
      .prepare("SELECT envelope FROM events WHERE type = 'system.cleanup_needed'")
      .get();
    expect(JSON.parse(String(cleanup?.['envelope'])).payload).toMatchObject({
      percent: 86,
      threshold: 85,
      fills: [
        { tool: 'Read', results: 3, tokens: 30_000 },
        { tool: 'Bash', results: 1, tokens: 15_000 },
      ],
      may_go: [{ tool: 'Read', target: '/work/a.ts', results: 2, tokens: 20_000 }],
    });
  });

  it('asks for the needles when a threshold was crossed and when it was said', () => {
    const home = contextHome();
    const isAsked = (): boolean =>
      listDueRefreshes(home.database, 100).some(({ kind }) => kind === 'needles');
    home.event('session.started');
    home.answer(180_000);
    home.database.exec('DELETE FROM refreshes');
    home.refresh();
    expect(isAsked()).toBe(true);
    home.database.exec('DELETE FROM refreshes');
    home.event('session.context_warned', { threshold: 85, epoch: 0 });
    expect(isAsked()).toBe(true);
  });

  it('takes the view of a forgotten session away', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(180_000);
    home.refresh();
    forgetRows(home.database, new Set([SESSION]));
    expect(home.refresh()).toBeUndefined();
    expect(readView(home.folder)).toBeUndefined();
    const left = ['context_windows', 'context_crossings', 'result_sizes'].map(
      (table) => home.database.prepare(`SELECT * FROM ${table}`).all().length,
    );
    expect(left).toEqual([0, 0, 0]);
  });
});

describe('contextLook', () => {
  const kindsAsked = (home: ReturnType<typeof contextHome>): readonly string[] =>
    listDueRefreshes(home.database, 100).map(({ kind }) => kind);

  it('leaves the view as it is while only figures change, and asks for it at its pace', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(20_000);
    home.refresh();
    home.database.exec('DELETE FROM refreshes');
    home.answer(21_000);
    expect(home.look()).toMatchObject({ tokens: 20_000 });
    expect(kindsAsked(home)).toEqual([CONTEXT_VIEW]);
  });

  it('raises a crossed threshold at once, and writes the view with it', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(150_000);
    expect(home.look()).toMatchObject({ tokens: 150_000, crossed: [{ percent: 70 }] });
    expect(home.raised()).toEqual(['system.health_alert 70']);
  });

  it('writes the view of a session that ended, and takes that of a forgotten one away', () => {
    const home = contextHome();
    home.event('session.started');
    home.answer(20_000);
    home.event('session.ended');
    expect(home.look()).toMatchObject({ tokens: 20_000 });
    forgetRows(home.database, new Set([SESSION]));
    expect(home.look()).toBeUndefined();
  });

  it('has the view made at once at a stop and before a compaction, not at a checkpoint between', () => {
    const home = contextHome();
    home.event('session.started');
    home.database.exec('DELETE FROM refreshes');
    home.event('checkpoint.created', { kind: 'auto' });
    expect(kindsAsked(home)).not.toContain(`${CONTEXT_VIEW}-now`);
    for (const kind of ['stop', 'pre-compact']) {
      home.database.exec('DELETE FROM refreshes');
      home.event('checkpoint.created', { kind });
      expect(kindsAsked(home)).toContain(`${CONTEXT_VIEW}-now`);
    }
  });
});
