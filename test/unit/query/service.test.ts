import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { readService, servicePlace } from '../../../lib/query/service.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const HOME = '/home/me';
const USUAL = stateFolderAt(`${HOME}/.local/state/waymark`);
const nameOf = (folder = USUAL, environment: Readonly<Record<string, string>> = { HOME }) =>
  servicePlace({ folder, environment, platform: 'linux' });

describe('servicePlace', () => {
  it('has one name for the usual state folder, and one of its own for each other', () => {
    expect(nameOf()).toEqual({
      ...{ manager: 'systemd', name: 'waymark.service' },
      file: `${HOME}/.config/systemd/user/waymark.service`,
    });
    const [one, other] = ['/a', '/b'].map((root) => nameOf(stateFolderAt(root))?.name);
    expect(one).toMatch(/^waymark-[0-9a-f]{8}\.service$/);
    expect(one).not.toBe(other);
    expect(nameOf(stateFolderAt('/a'))?.name).toBe(one);
  });

  it('follows XDG_CONFIG_HOME, and is nowhere without a home or a manager', () => {
    expect(nameOf(USUAL, { HOME, XDG_CONFIG_HOME: '/c' })?.file).toBe(
      '/c/systemd/user/waymark.service',
    );
    expect(nameOf(USUAL, {})).toBeUndefined();
    const windows = { folder: USUAL, environment: { HOME, USERPROFILE: HOME }, platform: 'win32' };
    expect(servicePlace(windows)).toBeUndefined();
  });
});

describe('readService', () => {
  async function read(text: string | undefined) {
    const home = tempFolder();
    const folder = stateFolderAt(`${home}/.local/state/waymark`);
    const input = { folder, environment: { HOME: home, PATH: home }, platform: 'linux' };
    const file = servicePlace(input)?.file ?? '';
    if (text !== undefined) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return readService(input);
  }

  it('finds none where there is no file, and another one to be another', async () => {
    expect(await read(undefined)).toMatchObject({ installed: false, problem: null });
    const foreign = await read('[Service]\nExecStart="/bin/true" "worker"\n');
    expect(foreign).toMatchObject({ installed: false, node: null });
    expect(foreign?.problem).toContain('was not written by waymark');
  });

  it.each(['', '\n[Service]\n', '\nExecStart=nothing in quotes\n', `\n${'x'.repeat(100_000)}`])(
    'says of a file of ours that is broken that it does not say what to start',
    async (rest) => {
      const service = await read(`# Written by waymark service install${rest}`);
      expect(service).toMatchObject({
        ...{ installed: true, state: null, problem: 'its file does not name a program' },
        remedy: 'Run `waymark service install` again.',
      });
    },
  );
});
