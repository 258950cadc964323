import { describe, expect, it } from 'vitest';
import { readActiveSessions } from '../../../../lib/features/context/active-sessions.ts';
import { contextHome } from './context-home.ts';

const MINUTE = 60_000;

function scene() {
  const home = contextHome();
  const ids = (): readonly string[] =>
    readActiveSessions(home.database, home.clock()).map(({ id }) => id);
  return { ...home, ids };
}

describe('activeSessions', () => {
  it('counts a session from its start to its end, and again when it is resumed', () => {
    const { event, advance, ids } = scene();
    event('session.started');
    expect(ids()).toEqual(['s1']);
    advance(1);
    event('session.ended');
    expect(ids()).toEqual([]);
    advance(1);
    event('session.started');
    expect(ids()).toEqual(['s1']);
  });

  it('counts a turn for an hour without any event, and a rest after a turn for five minutes', () => {
    const { event, advance, ids } = scene();
    event('session.prompt_submitted');
    advance(59 * MINUTE);
    expect(ids()).toEqual(['s1']);
    advance(2 * MINUTE);
    expect(ids()).toEqual([]);
    event('checkpoint.created', { kind: 'stop' });
    advance(4 * MINUTE);
    expect(ids()).toEqual(['s1']);
    advance(2 * MINUTE);
    expect(ids()).toEqual([]);
  });

  it('is not kept awake by what the worker and the status line tell', () => {
    const { event, advance, ids } = scene();
    event('session.prompt_submitted');
    event('checkpoint.created', { kind: 'stop' });
    advance(6 * MINUTE);
    event('checkpoint.created', { kind: 'auto' }, 'worker');
    event('session.window_seen', { window: 200_000 }, 'hook/statusline');
    expect(ids()).toEqual([]);
  });

  it('leaves out a session whose time is not of this day', () => {
    const { event, advance, ids } = scene();
    event('session.started');
    advance(-24 * 60 * MINUTE);
    expect(ids()).toEqual([]);
  });
});
