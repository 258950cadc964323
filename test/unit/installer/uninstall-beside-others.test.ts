import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { uninstall } from '../../../installer/uninstall.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { fakeMachine } from './fake-surroundings.ts';

const user = { scope: 'user' } as const;
const read = (file: string) => readFileSync(file, 'utf8');

describe('uninstall beside a program without the lock', () => {
  /** That program writes `next` after the file was read and before it is written. */
  function writtenMeanwhile() {
    const theirs: { next: string | undefined } = { next: undefined };
    const machine = fakeMachine({
      clock: () => {
        if (theirs.next !== undefined) writeFileSync(machine.settings, theirs.next);
        theirs.next = undefined;
        return Date.UTC(2026, 10, 22, 10);
      },
    });
    return Object.assign(theirs, machine);
  }

  it('keeps what that program writes meanwhile', async () => {
    const machine = writtenMeanwhile();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    machine.next = read(machine.settings).replace('"opus"', '"sonnet"');
    await uninstall('user', false, machine.around);
    expect(read(machine.settings)).toBe(OTHERS.replace('"opus"', '"sonnet"'));
  });

  it('keeps a file that would go, but has something of that program now', async () => {
    const machine = writtenMeanwhile();
    await install(user, machine.around);
    machine.next = read(machine.settings).replace('{', '{ "model": "opus",');
    await uninstall('user', false, machine.around);
    expect(JSON.parse(read(machine.settings))).toEqual({ model: 'opus' });
  });
});
