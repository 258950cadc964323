import { describe, expect, it } from 'vitest';
import { shortHash16 } from '../../../lib/core/short-hash.ts';

describe('shortHash16', () => {
  it('is 16 hex digits, equal for equal texts', () => {
    expect(shortHash16('/home/user/project')).toMatch(/^[0-9a-f]{16}$/);
    expect(shortHash16('/home/user/project')).toBe(shortHash16('/home/user/project'));
  });

  it('never changes: views and marks in the state folder are named by it', () => {
    expect(['', '/home/user/project', 'npm test äß'].map(shortHash16)).toEqual([
      'd30ec7f69985186e',
      '90035a5463082709',
      'fef10d27b7ce850f',
    ]);
  });

  it('differs for texts that differ in one place', () => {
    const texts = Array.from({ length: 50_000 }, (_, index) => `npm run build:${index}`);
    expect(new Set(texts.map(shortHash16)).size).toBe(texts.length);
    expect(new Set(texts.map((text) => shortHash16(text).slice(0, 8))).size).toBeGreaterThan(
      texts.length - 5,
    );
  });
});
