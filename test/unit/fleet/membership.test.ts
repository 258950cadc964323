import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WaymarkError } from '../../../lib/core/errors.ts';
import {
  newMachine,
  passwordOf,
  readMembership,
  removeMembership,
  splitTarget,
  writeMembership,
} from '../../../lib/fleet/membership.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const MEMBERSHIP = {
  ...{ target: 'postgres://ann@db/team', host: 'h', salt: 's', name: 'laptop', person: 'ann' },
  ...{ joinedAt: '2026-11-22T00:00:00.000Z', password: 'geheim' },
};

describe('membership', () => {
  it('is in a file that nobody else may read, until it is removed', () => {
    const root = tempFolder();
    expect(readMembership(root)).toBeUndefined();
    writeMembership(root, MEMBERSHIP);
    expect(readMembership(root)).toEqual(MEMBERSHIP);
    expect(statSync(`${root}/fleet.json`).mode & 0o777).toBe(0o600);
    removeMembership(root);
    expect(readMembership(root)).toBeUndefined();
  });

  it('is written where no state folder is yet, for this user alone', () => {
    const root = `${tempFolder()}/home/state`;
    writeMembership(root, MEMBERSHIP);
    expect(readMembership(root)).toEqual(MEMBERSHIP);
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  it('names a broken file without its content', () => {
    const root = tempFolder();
    writeFileSync(`${root}/fleet.json`, '{"password":"geheim"}');
    expect(() => readMembership(root)).toThrow(/not what `waymark fleet join` wrote/);
    expect(() => readMembership(root)).not.toThrow(/geheim/);
  });

  it('gives each machine an id of its own, whatever its name', () => {
    expect(newMachine().host).not.toBe(newMachine().host);
    expect(newMachine().name).toBe(newMachine().name);
  });
});

describe('addresses', () => {
  it.each([
    ['postgres://ann:p%40ss@db:5433/team?sslmode=require', 'p@ss'],
    ['postgres://ann@db:5433/team?sslmode=require&password=p%40ss', 'p@ss'],
    ['postgresql://ann@db:5433/team?sslmode=require', undefined],
  ])('lose their password: %s', (text, password) => {
    const split = splitTarget(text);
    expect(split.password).toBe(password);
    expect(split.url).toMatch(/^postgres(?:ql)?:\/\/ann@db:5433\/team\?sslmode=require$/);
  });

  it.each(['', 'db/team', 'http://ann:geheim@db', 'postgres//ann:geheim@db'])(
    'are refused without being shown: %s',
    (text) => {
      expect(() => splitTarget(text)).toThrow(WaymarkError);
      expect(() => splitTarget(text)).not.toThrow(/geheim/);
    },
  );
});

describe('passwords', () => {
  it('come from the file at each connection, so that they can be changed', () => {
    const passwordFile = `${tempFolder()}/password`;
    writeFileSync(passwordFile, 'one\n', { mode: 0o600 });
    expect(passwordOf({ passwordFile }, {})).toBe('one');
    writeFileSync(passwordFile, 'two\n');
    expect(passwordOf({ passwordFile }, {})).toBe('two');
  });

  it('are not read from a file that others may read', () => {
    const passwordFile = `${tempFolder()}/password`;
    writeFileSync(passwordFile, 'geheim');
    chmodSync(passwordFile, 0o640);
    expect(() => passwordOf({ passwordFile }, {})).toThrow('others may read');
    expect(() => passwordOf({ passwordFile }, {})).not.toThrow('geheim');
  });

  it('come from the environment before the one that was kept', () => {
    expect(passwordOf({ password: 'kept' }, { WAYMARK_FLEET_PASSWORD: 'given' })).toBe('given');
    expect(passwordOf({ password: 'kept' }, {})).toBe('kept');
  });
});
