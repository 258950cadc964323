import { describe, expect, it } from 'vitest';
import { parseCommandParts } from '../../../../lib/features/failure/command-shape.ts';
import { isOpenText, listOpenTexts } from '../../../../lib/features/failure/open-shape.ts';

const ofCall = (command: string): readonly string[] =>
  parseCommandParts('Bash', command).parts.flatMap(({ open }) => open.map(({ text }) => text));

describe('openTexts', () => {
  it('are the program, its subcommand, and each option once, without values', () => {
    expect(ofCall('poetry install --no-dev --only=main --no-dev x')).toEqual([
      'poetry …',
      'poetry install …',
      'poetry install --no-dev …',
      'poetry install --only …',
    ]);
  });

  it('are of each significant command of a line, with wrappers and variables left out', () => {
    expect(ofCall('cd x && CI=1 sudo jq . a.json | head')).toEqual(['jq …']);
  });

  it.each(['./mvnw verify', '/opt/x/bin/run.sh -v', ''])(
    'has none for %j: a path leads to another program in another folder',
    (command) => {
      expect(listOpenTexts(command.split(' ')[0] ?? '', '', command.split(' '))).toEqual([]);
    },
  );

  it('looks at eight options at most', () => {
    const words = ['x', ...Array.from({ length: 50 }, (_, n) => `--o${n}`)];
    expect(listOpenTexts('x', '', words)).toHaveLength(9);
  });

  it('is told from every other shape by its end', () => {
    expect(isOpenText('jq …')).toBe(true);
    expect(isOpenText('jq <text>')).toBe(false);
  });
});
