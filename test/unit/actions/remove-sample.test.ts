import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProofPayload, PROOF_EVENTS } from '../../../lib/actions/proof-payload.ts';
import { removeSample } from '../../../lib/actions/remove-sample.ts';
import { readHookInput } from '../../../lib/claude/hook-input.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { makeQueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { inStore, preparedStore, SESSION, START } from '../cli/prepared-store.ts';

describe('removeSample', () => {
  it('removes rows, waiting entries and the throttle folder of one session, and nothing else', async () => {
    const folder = preparedStore();
    const queue = queueFolder(folder.queue);
    makeQueueFolder(queue);
    const [own, other] = ['00000000000000aa', '00000000000000bb'].map(
      (random) => `${queue.pending}/3/3_${START}_${random}.a0.json`,
    );
    for (const file of [own, other]) writeFileSync(file ?? '', '{}');
    mkdirSync(`${folder.throttle}/${SESSION}`, { recursive: true });
    writeFileSync(
      `${folder.throttle}/${SESSION}/captured`,
      'evt_20261122_100000_00000000000000aa\n',
    );
    await removeSample(folder, SESSION, START);
    expect(
      [own, other, `${folder.throttle}/${SESSION}`].map((path) => existsSync(path ?? '')),
    ).toEqual([false, true, false]);
    const left = inStore(folder, (database) =>
      ['sessions', 'events', 'tombstones'].map(
        (table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'],
      ),
    );
    expect(left).toEqual([1, 1, 1]); // its id is remembered, so that no replay brings it back
  });
});

describe('proofPayload', () => {
  it.each(PROOF_EVENTS)('makes a %s payload that hooks accept, for a hook that exists', (event) => {
    const input = readHookInput(
      JSON.stringify(createProofPayload(event, 'waymark-proof-abc', '/somewhere')),
    );
    expect(input).toMatchObject({ sessionId: 'waymark-proof-abc', event, cwd: '/somewhere' });
    expect(HOOKS.map((hook) => hook.event)).toContain(event);
  });
});
