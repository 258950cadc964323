import { expect, it } from 'vitest';
import { chooseSnapshot } from '../../../lib/snapshots/choose-snapshot.ts';
import {
  type Snapshot,
  type SnapshotFacts,
  createSnapshot,
} from '../../../lib/snapshots/snapshot.ts';

function one(id: string, more: Partial<SnapshotFacts> = {}): Snapshot {
  return createSnapshot(
    {
      ...{ id, at: 1_000, workTree: '/w', cause: 'prompt', number: 1, files: 1, bytes: 1 },
      ...{ counts: { added: 1, changed: 0, removed: 0 }, leftOut: 0, special: 0 },
      ...more,
    },
    'c'.repeat(40),
  );
}

const KNOWN = [
  one('aaaa000001', { event: 'e-1' }),
  one('aaaa000002', { event: 'e-12' }),
  one('bbbb000003', { cause: 'before-restore' }),
];

it('is found by its id, the beginning of one, or the event that it was taken for', () => {
  const ids = ['aaaa000001', 'b', 'e-1', 'e-12'].map((name) => chooseSnapshot(KNOWN, name).id);
  expect(ids).toEqual(['aaaa000001', 'bbbb000003', 'aaaa000001', 'aaaa000002']);
});

it('is the latest that no restore made, under the name last', () => {
  expect(chooseSnapshot(KNOWN, 'last').id).toBe('aaaa000002');
});

it('is refused where none begins so, where several do, and where there is none yet', () => {
  expect(() => chooseSnapshot(KNOWN, 'zz')).toThrow('no id begins with zz');
  expect(() => chooseSnapshot(KNOWN, '')).toThrow('Cannot find the checkpoint');
  expect(() => chooseSnapshot(KNOWN, 'aa')).toThrow('aaaa000001, aaaa000002 begin with it');
  expect(() => chooseSnapshot(KNOWN.slice(2), 'last')).toThrow('this folder has none yet');
});
