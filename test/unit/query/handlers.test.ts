import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { listHandlers } from '../../../lib/query/handlers.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('listHandlers', () => {
  it('gives programs of the user first, usable or not, then those that are built in', async () => {
    const folder = stateFolderAt(tempFolder());
    mkdirSync(`${folder.root}/handlers`, { recursive: true, mode: 0o700 });
    writeFileSync(`${folder.root}/handlers/notify.sh`, '#!/bin/sh\n# waymark: on=task.*\n', {
      mode: 0o700,
    });
    const { rows, problem } = await listHandlers({ folder, environment: {}, clock: () => 0 });
    expect(rows[0]).toMatchObject({ name: 'user/notify', kind: 'executable', state: 'ready' });
    expect(rows.slice(1).every(({ kind }) => kind === 'builtin')).toBe(true);
    expect(rows.length).toBeGreaterThan(5);
    expect(problem).toBeUndefined();
  });
});
