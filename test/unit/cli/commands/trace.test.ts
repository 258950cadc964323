import { describe, expect, it } from 'vitest';
import { preparedStore, SESSION, START } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

describe('waymark trace', () => {
  it('draws a tree with times', async () => {
    const { status, out } = await runCommand(preparedStore(), ['trace', SESSION.slice(0, 6)], {
      now: START,
    });
    expect(status).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:00 {2}session aaaa1111-\S+ \/work\/shop {2}claude-sonnet-4-5 · 31s$/,
    );
    expect(lines.find((line) => line.includes('npm test'))).toMatch(
      /^\d\d:\d\d:20 {2}│ {2}├─ ✗ Bash npm test$/,
    );
  });

  it('prints the tree as one object', async () => {
    const { out } = await runCommand(preparedStore(), ['trace', 'toolu_2', '--json'], {
      now: START,
    });
    const way = ['session', 'prompt', 'call', 'failure'];
    let node = JSON.parse(out);
    for (const kind of way) {
      expect(node.kind).toBe(kind);
      node = node.children[0];
    }
  });

  it('says so of an event that belongs to nothing', async () => {
    const folder = preparedStore([['build.failed', 0, {}]]);
    const { out } = await runCommand(folder, ['trace', 'evt_20261122_100000_0000000000000001'], {
      now: START,
    });
    expect(out).toMatch(
      /^\d\d:\d\d:00 {2}no session, no correlation\n\d\d:\d\d:00 {2}└─ · build\.failed/,
    );
  });

  it('ends with 1 for an id that is not there, also before there is a store', async () => {
    const folder = preparedStore();
    expect(await runCommand(folder, ['trace', 'nothing'])).toMatchObject({
      status: 1,
      err: expect.stringContaining('Cannot trace nothing'),
    });
    expect(
      await runCommand({ ...folder, root: `${folder.root}-none` }, ['trace', 'last']),
    ).toMatchObject({ status: 1 });
  });
});
