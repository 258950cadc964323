import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  MOST_NEEDLES,
  needleLines,
  writeNeedles,
} from '../../../../lib/features/failure/needles.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testStore } from '../../../support/test-store.ts';

describe('needleLines', () => {
  it('keeps needles as they are while they are few, each once', () => {
    expect(needleLines([['npm run'], ['git push'], ['npm run']])).toEqual(['npm run', 'git push']);
  });

  it('writes needles as they appear in JSON', () => {
    expect(needleLines([['say "x"'], ['a\\b'], ['two\nlines'], ['né']])).toEqual([
      'say \\"x\\"',
      'a\\\\b',
      'two\\nlines',
      'né',
    ]);
  });

  it('leaves out what would select everything', () => {
    expect(needleLines([[''], [' '], ['x'], ['  '], ['ls']])).toEqual(['ls']);
  });

  it('joins the subcommands of programs that have many, and no more than needed', () => {
    const many = Array.from({ length: 600 }, (_, index) => [`npm run-${index}`]);
    expect(needleLines([['git push'], ...many, ['git pull']])).toEqual([
      'git push',
      'npm',
      'git pull',
    ]);
  });

  it('keeps the surest where nothing can be joined', () => {
    const programs = Array.from({ length: 2_000 }, (_, index) => [`program${index}`]);
    expect(needleLines(programs)).toEqual(programs.flat().slice(0, MOST_NEEDLES));
  });

  it('stays small whatever the needles are', () => {
    const long = Array.from({ length: 500 }, (_, index) => [`${index}${'x'.repeat(490)}`]);
    expect(Buffer.byteLength(needleLines(long).join('\n'))).toBeLessThanOrEqual(65_536);
  });
});

describe('writeNeedles', () => {
  it('writes the surest first, and an empty file when nothing is known', () => {
    const database = testStore();
    const views = tempFolder();
    writeNeedles(database, views);
    expect(readFileSync(`${views}/failures/needles`, 'utf8')).toBe('');
    const insert = database.prepare(
      'INSERT INTO failure_needles (command_key, literals, confidence) VALUES (?, ?, ?)',
    );
    for (const [key, needle, confidence] of [
      ['1', 'npm run', 0.2],
      ['2', 'git push', 0.5],
      ['3', 'npm run', 0.9],
    ] as const)
      insert.run(key, JSON.stringify([[needle]]), confidence);
    writeNeedles(database, views);
    expect(readFileSync(`${views}/failures/needles`, 'utf8')).toBe('npm run\ngit push\n');
  });
});
