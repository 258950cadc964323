import { expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import {
  formatCheckpointCells,
  formatPatch,
  formatDiffStat,
  formatLeftOut,
  formatWork,
} from '../../../../lib/cli/text/snapshot-text.ts';
import type { KeptCheckpoint } from '../../../../lib/query/snapshots/list-checkpoints.ts';
import { HIDDEN, HOSTILE } from '../../../support/hostile-home.ts';

const PLAIN = createPaint(false);
const NOW = Date.parse('2026-11-22T12:00:00Z');

const KEPT: KeptCheckpoint = {
  ...{ id: '3f9c2a71d0', at: '2026-11-22T11:58:00Z', cause: 'prompt', session: HOSTILE },
  ...{ prompt: 'p', promptText: HOSTILE, toolUseId: null, event: null, note: null },
  ...{ workTree: '/work/project', isThere: false, files: 412, bytes: 18_204, special: 0 },
  ...{ counts: { added: 1, changed: 1_200, removed: 0 }, isPartial: true, leftOut: 2 },
  underWay: 'merge',
};

it('says how old a kept state is, what it changed, and what is wrong with it', () => {
  const cells = formatCheckpointCells(
    { ...KEPT, promptText: 'fix it', session: 's-1' },
    PLAIN,
    NOW,
  );
  expect(cells).toEqual([
    ...['3f9c2a71d0', '2m ago', 'prompt', '+1 ~1,200 -0', '18.2 kB', 's-1'],
    'partial: 2 paths left out · the folder is gone · merge under way · fix it',
  ]);
});

it('shows tabs of a patch as spaces, up to the columns that the file has', () => {
  expect(formatPatch('@@ -1 +1 @@\n+a\tb\n-\tc\n', PLAIN)).toEqual([
    '@@ -1 +1 @@',
    '+a       b',
    '-        c',
  ]);
});

it('lets nothing hidden of a file, its name, a prompt or a command reach the terminal', () => {
  const file = { path: HOSTILE, status: 'M', added: 1, removed: null } as const;
  const call = { id: 't', session: 's', at: KEPT.at, tool: HOSTILE, target: HOSTILE };
  const prompt = { prompt: null, session: null, at: KEPT.at, text: HOSTILE };
  const lines = [
    ...formatCheckpointCells(KEPT, PLAIN, NOW),
    ...formatDiffStat([file], PLAIN),
    ...formatPatch(`+${HOSTILE}\n ${HOSTILE}`, PLAIN),
    ...formatWork({ prompts: [prompt], calls: [{ ...call, outcome: HOSTILE }] }, PLAIN, NOW),
  ];
  expect(lines.join('')).not.toMatch(HIDDEN);
});

it('names the first paths that a checkpoint left out, and why', () => {
  const paths = ['huge', HOSTILE, 'c', 'd', 'e', 'f', 'g'];
  const lines = formatLeftOut(paths.map((path) => ({ path, reason: 'too-large' })));
  expect(lines).toHaveLength(6);
  expect(lines[0]).toBe('  left out  huge: larger than snapshotFileSize');
  expect(lines.at(-1)).toBe('  left out  2 other paths');
  expect(lines.join('\n')).not.toMatch(HIDDEN);
  expect(formatLeftOut([])).toEqual([]);
});
