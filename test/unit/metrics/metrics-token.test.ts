import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ensureMetricsToken, metricsTokenFile } from '../../../lib/metrics/metrics-token.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('ensureMetricsToken', () => {
  it('makes a token that only this user can read, and keeps it', () => {
    const folder = { root: tempFolder() };
    const token = ensureMetricsToken(folder);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(ensureMetricsToken(folder)).toBe(token);
    const file = metricsTokenFile(folder);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${token}\n`);
  });

  it('takes a token that the user wrote', () => {
    const folder = { root: tempFolder() };
    writeFileSync(metricsTokenFile(folder), '  a-token-of-my-own!  \n');
    expect(ensureMetricsToken(folder)).toBe('a-token-of-my-own!');
  });

  it.each([
    ['', 'fewer than 16'],
    ['short', 'fewer than 16'],
    ['a token with some blanks', 'other characters than letters'],
    ['x'.repeat(5_000), 'larger than 4096 bytes'],
  ])('refuses %j, and never repeats it', (text, reason) => {
    const folder = { root: tempFolder() };
    writeFileSync(metricsTokenFile(folder), text);
    expect(() => ensureMetricsToken(folder)).toThrow(reason);
    if (text !== '') expect(() => ensureMetricsToken(folder)).not.toThrow(text);
  });

  it('follows no link, and reads no folder', () => {
    const [root, other] = [tempFolder(), tempFolder()];
    writeFileSync(`${other}/key`, 'a-key-of-another-program');
    symlinkSync(`${other}/key`, metricsTokenFile({ root }));
    expect(() => ensureMetricsToken({ root })).toThrow('symbolic link');
    mkdirSync(metricsTokenFile({ root: other }));
    expect(() => ensureMetricsToken({ root: other })).toThrow('Cannot use the token');
  });
});
