import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../../../../installer/install.ts';
import { statusLineCheck } from '../../../../lib/query/doctor/install-checks.ts';
import { installedSettings } from '../../../../lib/query/doctor/installed-settings.ts';
import { type FakeMachine, fakeMachine } from '../../installer/fake-surroundings.ts';

async function installed(): Promise<FakeMachine> {
  const machine = fakeMachine();
  await install({ scope: 'user', statusLine: true }, machine.around);
  return machine;
}

const check = ({ settings, around }: FakeMachine) => statusLineCheck(settings, around);

describe('statusLineCheck', () => {
  it('is content with what the installer leaves, and is made where a status line is wanted', async () => {
    const machine = await installed();
    expect(check(machine)).toMatchObject({ ok: true });
    expect(installedSettings(machine.around.folder)).toMatchObject([{ hasStatusLine: true }]);
    await install({ scope: 'user', statusLine: false }, machine.around);
    expect(installedSettings(machine.around.folder)).toMatchObject([{ hasStatusLine: false }]);
  });

  it.each<[string, (machine: FakeMachine) => void, RegExp]>([
    [
      'a launcher that is gone',
      ({ around }) => rmSync(`${around.folder.bin}/statusline`),
      /cannot start: ENOENT/,
    ],
    [
      'a launcher that is not executable',
      ({ around }) => chmodSync(`${around.folder.bin}/statusline`, 0o600),
      /cannot start: EACCES/,
    ],
    [
      'another line in its place',
      ({ settings }) =>
        writeFileSync(settings, '{"statusLine":{"type":"command","command":"mine"}}'),
      /another status line/,
    ],
    ['no line', ({ settings }) => writeFileSync(settings, '{}'), /no status line/],
    ['a file that is gone', ({ settings }) => rmSync(settings), /cannot start/],
  ])('finds %s', async (_, harm, message) => {
    const machine = await installed();
    harm(machine);
    expect(check(machine)).toMatchObject({
      ok: false,
      message: expect.stringMatching(message),
      remedy: expect.stringContaining('--status-line'),
    });
  });
});
