import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../lib/config/resolve.ts';
import type { Origin } from '../../../lib/config/resolve-settings.ts';
import { environmentName } from '../../../lib/config/environment-name.ts';
import type { Setting } from '../../../lib/config/hook-settings.ts';
import { SETTINGS } from '../../../lib/config/settings.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function fileWith(content: unknown): string {
  const file = join(tempFolder(), 'config.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('resolveConfig', () => {
  it('gives every default when nothing is set', () => {
    const { values, origins, problems } = resolveConfig({ environment: {} });
    expect(values).toEqual(
      Object.fromEntries(
        Object.entries<Setting>(SETTINGS).map(([name, { fallback }]) => [name, fallback]),
      ),
    );
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
    expect(problems).toEqual([]);
  });

  it('uses the highest source that has a value, for any set of sources', () => {
    const folder = tempFolder();
    const batch = fc.option(fc.integer({ min: 1, max: 4_096 }), { nil: undefined });
    fc.assert(
      fc.property(batch, batch, batch, (flag, variable, user) => {
        const write = (name: string, value: number | undefined) => {
          const file = join(folder, name);
          writeFileSync(file, JSON.stringify(value === undefined ? {} : { batchSize: value }));
          return file;
        };
        const { values, origins } = resolveConfig({
          flags: { batchSize: flag },
          environment: variable === undefined ? {} : { WAYMARK_BATCH_SIZE: String(variable) },
          userFile: write('user.json', user),
        });
        const sources: ReadonlyArray<readonly [Origin, number | undefined]> = [
          ['flag', flag],
          ['environment', variable],
          ['user file', user],
          ['default', 256],
        ];
        const [origin, value] = sources.find(([, found]) => found !== undefined) ?? [];
        expect([origins.batchSize, values.batchSize]).toEqual([origin, value]);
      }),
    );
  });

  it('names an invalid value and uses the next lower source', () => {
    const { values, origins, problems } = resolveConfig({
      environment: { WAYMARK_BATCH_SIZE: 'many' },
      projectFile: fileWith({ checkpointInterval: 0 }),
      userFile: fileWith({ batchSize: 12, checkpointInterval: 30 }),
    });
    expect([values.batchSize, origins.batchSize]).toEqual([12, 'user file']);
    expect([values.checkpointInterval, origins.checkpointInterval]).toEqual([30, 'user file']);
    expect(problems).toEqual([
      'Cannot use checkpointInterval from project file: expected a number from 10 to 600, found 0',
      'Cannot use WAYMARK_BATCH_SIZE from environment: expected a number from 1 to 4096, found "many"',
    ]);
  });

  it.each(Object.entries<Setting>(SETTINGS))(
    'names a bad value of %s in each source',
    (name, { kind }) => {
      const bad = kind === 'list' ? { no: 'list' } : 'no such value';
      const { problems, origins } = resolveConfig({
        flags: { [name]: bad },
        environment: kind === 'list' ? {} : { [environmentName(name)]: 'no such value' },
        userFile: fileWith({ [name]: bad }),
      });
      const labels = problems.map((problem) =>
        /^Cannot use (\S+) from ([a-z ]+):/.exec(problem)?.slice(1).join(' from '),
      );
      const expected = [
        `${name} from flag`,
        `${environmentName(name)} from environment`,
        `${name} from user file`,
      ];
      expect(labels).toEqual(
        kind === 'list' ? expected.filter((label) => !label.endsWith('environment')) : expected,
      );
      expect(Object.entries(origins).find(([key]) => key === name)?.[1]).toBe('default');
    },
  );

  it('treats an empty variable as unset', () => {
    expect(resolveConfig({ environment: { WAYMARK_BATCH_SIZE: '' } })).toMatchObject({
      origins: { batchSize: 'default' },
      problems: [],
    });
  });

  it.each(['batchsize', 'batch_size', 'toString', 'constructor'])(
    'names the unknown key %s',
    (key) => {
      const file = fileWith({ [key]: 1, $schema: 'x' });
      expect(resolveConfig({ environment: {}, userFile: file }).problems).toEqual([
        `Cannot use ${key} from ${file}: no such setting`,
      ]);
    },
  );

  it.each(['', '{', '[]', '"text"', 'null', '{"batchSize": 1,}'])(
    'names a file that holds %j and goes on without it',
    (content) => {
      const file = fileWith(content);
      const { values, problems } = resolveConfig({ environment: {}, userFile: file });
      expect(values.batchSize).toBe(256);
      expect(problems).toEqual([expect.stringContaining(`Cannot read ${file}: `)]);
    },
  );

  it('treats a missing file as empty, and names an unreadable one', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'plain'), '');
    expect(
      resolveConfig({
        environment: {},
        userFile: join(folder, 'none.json'),
        projectFile: join(folder, 'plain', 'waymark.json'),
      }).problems,
    ).toEqual([]);
    mkdirSync(join(folder, 'config.json'));
    expect(
      resolveConfig({ environment: {}, userFile: join(folder, 'config.json') }).problems,
    ).toEqual([`Cannot read ${join(folder, 'config.json')}: EISDIR`]);
  });
});

describe('environmentName', () => {
  it.each([
    ['checkpointInterval', 'WAYMARK_CHECKPOINT_INTERVAL'],
    ['readTimeoutMax', 'WAYMARK_READ_TIMEOUT_MAX'],
    ['durability', 'WAYMARK_DURABILITY'],
  ])('of %s is %s', (name, expected) => {
    expect(environmentName(name)).toBe(expected);
  });

  it('is different for every setting', () => {
    const names = Object.keys(SETTINGS).map(environmentName);
    expect(new Set(names).size).toBe(names.length);
  });
});
