import { describe, expect, it } from 'vitest';
import { formatSettingValue, parseSettingText } from '../../../../lib/cli/text/setting-value.ts';
import { SETTINGS, type SettingName } from '../../../../lib/config/settings.ts';

describe('a value as a person reads it', () => {
  it.each<[SettingName, number, string]>([
    ['retention', 7_776_000, '90 d'],
    ['retention', 5_400, '90 m'],
    ['retention', 61, '61 s'],
    ['idleExit', 0, '0 s'],
    ['retryCap', 300_000, '5 m'],
    ['pollInterval', 500, '500 ms'],
    ['eventLogSize', 10_485_760, '10 MiB'],
    ['diskBudget', 1_000_000_000, '1 GB'],
    ['diskBudget', 1_000_000_001, '1000000001 B'],
    ['batchSize', 256, '256'],
  ])('shows %s %d as %s, and reads that again', (name, value, shown) => {
    expect(formatSettingValue(value, SETTINGS[name])).toBe(shown);
    expect(parseSettingText(shown, SETTINGS[name])).toBe(String(value));
  });

  it('shows lists and switches as they are', () => {
    expect(formatSettingValue([], SETTINGS.watchedLogs)).toBe('(none)');
    expect(formatSettingValue(['a', 'b'], SETTINGS.watchedLogs)).toBe('a,b');
    expect(formatSettingValue(true, SETTINGS.archive)).toBe('true');
  });
});

describe('a value as a person writes it', () => {
  it.each<[SettingName, string, string]>([
    ['retention', '30d', '2592000'],
    ['idleExit', '1m30s', '90'],
    ['idleExit', '1.5h', '5400'],
    ['pollInterval', '2s', '2000'],
    ['diskBudget', '2 gib', '2147483648'],
    ['diskBudget', '500MB', '500000000'],
    ['idleExit', '90', '90'],
    ['idleExit', 'soon', 'soon'],
    ['idleExit', '5 parsecs', '5 parsecs'],
    ['idleExit', '5m and more', '5m and more'],
    ['batchSize', '5m', '5m'],
    ['ignoredProjects', '5m', '5m'],
  ])('reads %s %s as %s', (name, text, read) =>
    expect(parseSettingText(text, SETTINGS[name])).toBe(read),
  );
});
