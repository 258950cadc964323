import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listContextNeedles } from '../../../../lib/features/context/active-sessions.ts';
import { contextHome, SESSION } from './context-home.ts';

describe('contextNeedles', () => {
  it('names an active session from the crossing until it is said, and again after the next', () => {
    const home = contextHome();
    const needles = () => listContextNeedles(home.database, home.folder, home.clock());
    const say = (mark: string): void => {
      mkdirSync(`${home.folder.throttle}/${SESSION}`, { recursive: true });
      writeFileSync(`${home.folder.throttle}/${SESSION}/${mark}`, '');
    };
    home.event('session.started');
    home.answer(100_000);
    home.refresh();
    expect(needles()).toEqual([]);
    home.answer(172_000);
    home.refresh();
    expect(needles()).toEqual(['"session_id":"s1"']);
    say('said-context-0-70');
    expect(needles()).toEqual(['"session_id":"s1"']);
    say('said-context-0-85');
    expect(needles()).toEqual([]);
    home.answer(194_000);
    home.refresh();
    expect(needles()).toEqual(['"session_id":"s1"']);
    home.event('session.ended');
    expect(needles()).toEqual([]);
  });
});
