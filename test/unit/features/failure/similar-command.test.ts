import { describe, expect, it } from 'vitest';
import { parseCommandParts } from '../../../../lib/features/failure/command-shape.ts';
import {
  editDistance,
  isSimilarWord,
  isCorrection,
} from '../../../../lib/features/failure/similar-command.ts';

const similar = (failed: string, later: string, isAboutPath = false): boolean =>
  isCorrection(
    parseCommandParts('Bash', failed).whole,
    parseCommandParts('Bash', later).whole,
    isAboutPath,
  );

describe('isSetRight', () => {
  it.each([
    ['gti status', 'git status'],
    ['pyhton3 a.py', 'python3 a.py'],
    ['docker-compose up -d', 'docker compose up -d'],
    ['npm run biuld', 'npm run build'],
    ['git push', 'git push -u origin main'],
    ['git log --online', 'git log --oneline'],
    ['npm install x --wrong', 'npm install x'],
    ['pytest -q', 'uv run pytest -q'],
    ['eslint --ext .ts src', 'eslint src'],
    ['node a.mjs', 'SHOP_ENV=dev node a.mjs'],
    ['mkdir a/b', 'sudo mkdir a/b'],
  ])('%s: %s', (failed, later) => {
    expect(similar(failed, later)).toBe(true);
  });

  it.each([
    ['npm run build', 'npm run build'],
    ['npm run biuld', 'npm run lint'],
    ['npm run biuld', 'git status'],
    ['cat a.txt', 'cat readme.md'],
    ['rm x', 'ls x'],
    ['git push', 'git pull'],
  ])('not %s: %s', (failed, later) => {
    expect(similar(failed, later)).toBe(false);
  });

  it('takes another file only for one that is not missing', () => {
    expect(similar('cp -r -v missing dist', 'cp -r -v other dist', true)).toBe(false);
    expect(similar('cp -r -v missing dist', 'cp -r -v other dist', false)).toBe(true);
  });
});

describe('isNear', () => {
  it.each([
    ['biuld', 'build', true],
    ['start:dev', 'dev', true],
    ['src/a.ts', 'lib/a.ts', true],
    ['README.md', 'readme.md', true],
    ['build', 'lint', false],
    ['a', 'b', false],
    ['push', 'pull', false],
    ['', 'a', false],
  ])('%s and %s: %s', (one, other, near) => {
    expect(isSimilarWord(one, other)).toBe(near);
    expect(isSimilarWord(other, one)).toBe(near);
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['a', '', 1],
    ['gti', 'git', 1],
    ['kitten', 'sitting', 3],
    ['x'.repeat(65), 'x', Number.POSITIVE_INFINITY],
  ])('of %s and %s is %d', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance);
  });
});
