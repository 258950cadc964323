import { describe, expect, it } from 'vitest';
import { createOwnEntryTest } from '../../../../lib/claude/settings/own-entry.ts';

const isOurs = createOwnEntryTest(['/s/waymark/bin'], ['stop', 'session-start']);
const command = (text: string, more: object = {}) => ({ type: 'command', command: text, ...more });

describe('ownEntryTest', () => {
  it.each([
    ['exec form', command('/s/waymark/bin/stop', { args: [] })],
    ['shell form', command('/s/waymark/bin/stop')],
    [
      'with keys that somebody added',
      command('/s/waymark/bin/session-start', { args: [], _by: 'x' }),
    ],
    [
      'Node in front',
      command('C:\\Program Files\\nodejs\\node.exe', { args: ['/s/waymark/bin/stop.cjs'] }),
    ],
    [
      'Node in front, backslashes',
      command('/usr/bin/node', { args: ['\\s\\waymark\\bin\\stop.cjs'] }),
    ],
  ])('recognises an entry: %s', (_, handler) => {
    expect(isOurs(handler)).toBe(true);
  });

  it.each([
    ['a mention of waymark', command('waymark stop')],
    ['arguments behind', command('/s/waymark/bin/stop --loud')],
    ['something in front', command('nice /s/waymark/bin/stop')],
    ['another name in the same folder', command('/s/waymark/bin/mine')],
    ['deeper in the folder', command('/s/waymark/bin/x/stop')],
    ['another state folder', command('/t/waymark/bin/stop')],
    ['a folder whose name goes on', command('/s/waymark/bin2/stop')],
    ['a way around', command('/s/waymark/bin/../bin/stop')],
    [
      'another program with our file',
      command('/usr/bin/python', { args: ['/s/waymark/bin/stop.cjs'] }),
    ],
    [
      'Node with our file as its second argument',
      command('node', { args: ['x', '/s/waymark/bin/stop.cjs'] }),
    ],
    ['Node with another file', command('node', { args: ['/s/waymark/bin/stop.cjs.bak'] })],
    ['another type', { type: 'http', url: '/s/waymark/bin/stop', command: '/s/waymark/bin/stop' }],
  ])('leaves to others: %s', (_, handler) => {
    expect(isOurs(handler)).toBe(false);
  });
});
