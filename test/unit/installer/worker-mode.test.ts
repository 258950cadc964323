import { readFileSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setWorkerMode, withWorkerMode } from '../../../installer/worker-mode.ts';
import { resolveConfig } from '../../../lib/config/resolve.ts';
import { fakeMachine } from './fake-surroundings.ts';

describe('withWorkerMode', () => {
  it.each([
    ['on-demand', '', '{\n  "idleExit": 60\n}\n'],
    ['on-demand', '{}', '{\n  "idleExit": 60\n}'],
    ['on-demand', '{"logLevel":"warn"}', '{"logLevel":"warn","idleExit":60}'],
    [
      'on-demand',
      '{\r\n\t"idleExit": 5,\r\n\t"logLevel": "warn"\r\n}',
      '{\r\n\t"idleExit": 60,\r\n\t"logLevel": "warn"\r\n}',
    ],
    ['on-demand', '{ "idleExit":60 }', '{ "idleExit":60 }'],
    ['resident', '{\n  "a": 1,\n  "idleExit": 60,\n  "b": 2\n}\n', '{\n  "a": 1,\n  "b": 2\n}\n'],
    ['resident', '{"idleExit":60}', '{}'],
    ['resident', '{ "a": 1 }', '{ "a": 1 }'],
    ['resident', '', ''],
  ] as const)('sets %s in %j', (mode, before, after) => {
    expect(withWorkerMode(before, mode, 'config.json')).toBe(after);
  });

  it('refuses a file that is not a JSON object', () => {
    for (const text of ['[]', '{,}', '{"a":1} // x'])
      expect(() => withWorkerMode(text, 'on-demand', 'c')).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
  });
});

describe('setWorkerMode', () => {
  it('writes what the worker reads', async () => {
    const { around } = fakeMachine();
    await setWorkerMode('on-demand', around);
    expect(resolveConfig({ environment: {}, userFile: around.folder.configFile })).toMatchObject({
      values: { idleExit: 60 },
      problems: [],
    });
    await setWorkerMode('resident', around);
    expect(readFileSync(around.folder.configFile, 'utf8')).toBe('{}\n');
  });

  it('makes no file to say what holds anyway', async () => {
    const { around } = fakeMachine();
    await setWorkerMode('resident', around);
    expect(existsSync(around.folder.root)).toBe(false);
  });

  it('leaves a broken file as it is', async () => {
    const { around } = fakeMachine();
    mkdirSync(around.folder.root);
    writeFileSync(around.folder.configFile, '{,}');
    await expect(setWorkerMode('on-demand', around)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(readFileSync(around.folder.configFile, 'utf8')).toBe('{,}');
  });
});
