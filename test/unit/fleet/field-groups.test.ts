import { describe, expect, it } from 'vitest';
import { groupsFor, shareEntry, shareRules } from '../../../lib/fleet/field-groups.ts';

const place = (project: string | null) => ({ project, worktree: null, repository: null });

describe('rules of what is shared', () => {
  const rules = shareRules(['*=figures', '/work=commands', '/work/secret=figures+texts']);
  const of = (project: string | null) => [...(groupsFor(rules, place(project)) ?? [])];

  it.each([
    ['a folder inside', '/work/a', ['figures', 'commands']],
    ['the folder itself', '/work', ['figures', 'commands']],
    ['the longest folder that holds it', '/work/secret/b', ['figures', 'texts']],
    ['another one with the same beginning', '/workshop', ['figures']],
    ['no folder', null, ['figures']],
  ])('of %s', (_what, project, groups) => {
    expect(of(project)).toEqual(groups);
  });

  it('share nothing where none holds', () => {
    expect(groupsFor(shareRules(['/work=texts']), place('/home'))).toBeUndefined();
    expect(groupsFor(shareRules(['/work=texts']), undefined)).toBeUndefined();
    expect(groupsFor([], place('/work'))).toBeUndefined();
  });

  it('hold for work trees and repositories, too', () => {
    const elsewhere = { project: '/tmp/x', worktree: '/tmp/x', repository: '/work/a/.git' };
    expect(groupsFor(shareRules(['/work=texts']), elsewhere)).toEqual(
      new Set(['figures', 'texts']),
    );
  });

  it('are written as they are read', () => {
    expect(rules.map(shareEntry)).toEqual([
      '*=figures',
      '/work=figures+commands',
      '/work/secret=figures+texts',
    ]);
    expect(shareRules(['/a=b=figures'])[0]?.folder).toBe('/a=b');
  });
});
