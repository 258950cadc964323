import { describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { LiveConfig } from '../../../lib/worker/live-config.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function setUp(
  environment: Readonly<Record<string, string>> = {},
  flags: Readonly<Record<string, unknown>> = {},
) {
  const file = `${tempFolder()}/config.json`;
  const { log, lines, codes } = memoryLog();
  const write = (content: unknown): void =>
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return { open: () => new LiveConfig({ file, environment, flags, log }), write, lines, codes };
}

describe('LiveConfig', () => {
  it('has the defaults without a file', () => {
    const { open, codes } = setUp();
    expect(open().values.batchSize).toBe(256);
    expect(codes()).toEqual([]);
  });

  it('applies a file that is created, changed or deleted while the worker runs', async () => {
    const { open, write, codes } = setUp();
    const config = open();
    write({ batchSize: 10 });
    expect(config.values.batchSize, 'not before it is looked at').toBe(256);
    config.refresh();
    expect(config.values.batchSize).toBe(10);
    write({ batchSize: 1_000 });
    config.refresh();
    expect(config.values.batchSize).toBe(1_000);
    expect(codes()).toEqual(['CONFIG_CHANGED', 'CONFIG_CHANGED']);
  });

  it.each([
    ['cut JSON', '{"batchSize": 12'],
    ['a value out of range', { batchSize: -1, idleExit: 7 }],
    ['an unknown setting', { batchSise: 12, idleExit: 7 }],
  ])('refuses a file with %s as a whole, names it, and stays as it was', (_what, content) => {
    const { open, write, lines } = setUp();
    write({ batchSize: 10 });
    const config = open();
    write(content);
    config.refresh();
    expect(config.values).toMatchObject({ batchSize: 10, idleExit: 0 });
    expect(lines).toMatchObject([{ level: 'error', code: 'CONFIG_INVALID' }]);
  });

  it('names an invalid file once, and applies it as soon as it is valid', () => {
    const { open, write, codes } = setUp();
    const config = open();
    write('no json');
    config.refresh();
    config.refresh();
    expect(codes()).toEqual(['CONFIG_INVALID']);
    write({ batchSize: 11 });
    config.refresh();
    expect(config.values.batchSize).toBe(11);
  });

  it('prefers flags and environment to the file', () => {
    const { open, write } = setUp({ WAYMARK_BATCH_SIZE: '20' }, { idleExit: 30 });
    const config = open();
    write({ batchSize: 10, idleExit: 10, maxAttempts: 9 });
    config.refresh();
    expect(config.values).toMatchObject({ batchSize: 20, idleExit: 30, maxAttempts: 9 });
  });

  it('does not reject the file because of a wrong environment', () => {
    const { open, write, codes } = setUp({ WAYMARK_BATCH_SIZE: 'many' });
    const config = open();
    expect(codes()).toEqual(['CONFIG_INVALID']);
    write({ maxAttempts: 9 });
    config.refresh();
    expect(config.values.maxAttempts).toBe(9);
    expect(codes()).toEqual(['CONFIG_INVALID', 'CONFIG_CHANGED']);
  });
});
