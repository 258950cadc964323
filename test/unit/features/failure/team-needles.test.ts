import { describe, expect, it } from 'vitest';
import {
  listFailureNeedles,
  MAX_NEEDLES,
  MAX_TEAM_NEEDLES,
} from '../../../../lib/features/failure/needles.ts';
import { saveLiterals } from '../../../../lib/features/failure/table-patterns.ts';
import { testStore } from '../../../support/test-store.ts';

describe('needles of what only the team knows', () => {
  const save = (database: ReturnType<typeof testStore>, texts: readonly string[], isOwn: boolean) =>
    texts.forEach((text, n) => {
      saveLiterals(database, `${isOwn}${n}`, {
        ...{ literals: JSON.stringify([[text]]), fadesAt: null },
        confidence: isOwn ? 0.5 : -0.5,
      });
    });

  it('come behind own ones, and leave those as they are', () => {
    const database = testStore();
    const own = Array.from({ length: 490 }, (_, n) => `own-${n}-x`);
    save(database, own, true);
    const alone = listFailureNeedles(database);
    save(
      database,
      Array.from({ length: 400 }, (_, n) => `team-${n}-x`),
      false,
    );
    const both = listFailureNeedles(database);
    expect(both.slice(0, alone.length)).toEqual(alone);
    expect(both).toHaveLength(MAX_NEEDLES);
  });

  it('are bounded by themselves, and never a text of everyday calls', () => {
    const database = testStore();
    save(database, ['build', ...Array.from({ length: 400 }, (_, n) => `team-${n}-x`)], false);
    const lines = listFailureNeedles(database);
    expect(lines).toHaveLength(MAX_TEAM_NEEDLES);
    expect(lines).not.toContain('build');
  });
});
