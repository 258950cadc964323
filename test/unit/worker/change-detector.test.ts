import { appendFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { makeQueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { ChangeDetector } from '../../../lib/worker/change-detector.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { makeRecovery } from '../../support/recovery.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ENTRY = '3_1790000000000_0123456789abcdef.a0.json';

/** A state folder in which a worker called `me` has worked and nothing waits. */
function setUp() {
  const time = fakeClock();
  const root = tempFolder();
  const folder = stateFolderAt(root, {}, [root]);
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  const session = `${folder.throttle}/session`;
  for (const path of [session, folder.wake, folder.heartbeat, `${queue.processing}/me`])
    mkdirSync(path, { recursive: true });
  const transcript = `${root}/transcript.jsonl`;
  const files = [folder.configFile, folder.store, `${session}/captured`, transcript];
  for (const path of files) writeFileSync(path, 'x');
  writeFileSync(`${session}/ops`, 'x');
  const at = time.clock() / 1000;
  utimesSync(`${session}/ops`, at, at);
  let hear: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const changes = new ChangeDetector({
    folder,
    queue,
    clock: time.clock,
    me: () => 'me',
    paths: () => [transcript],
    onEntry: () => hear(),
  });
  onTestFinished(() => changes.end());
  return { changes, folder, queue, session, transcript, heard, root, ...time };
}

type Place = ReturnType<typeof setUp>;

describe('ChangeDetector', () => {
  it('reports no change after a burst, while nothing changes', () => {
    const { changes, advance } = setUp();
    expect(changes.begin()).toBe(true);
    advance(60_000);
    expect(changes.isUnchanged()).toBe(true);
    expect(changes.hasBegun).toBe(true);
    changes.end();
    expect(changes.hasBegun).toBe(false);
  });

  it.each<readonly [string, (place: Place) => void]>([
    ['the settings', ({ folder }) => appendFileSync(folder.configFile, 'y')],
    ['the recovery folder', ({ folder }) => makeRecovery(folder.recovery)],
    ['what hooks captured', ({ session }) => appendFileSync(`${session}/captured`, 'y')],
    ['how many calls were counted', ({ session }) => appendFileSync(`${session}/ops`, 'y')],
    ['the sessions', ({ folder }) => mkdirSync(`${folder.throttle}/other`)],
    ['a transcript', ({ transcript }) => appendFileSync(transcript, 'y')],
    ['the webhooks', ({ root }) => writeFileSync(`${root}/webhooks.json`, '[]')],
    ['the handlers', ({ root }) => mkdirSync(`${root}/handlers`)],
    ['the store', ({ folder }) => appendFileSync(folder.store, 'y')],
    ['a priority folder', ({ queue }) => rmSync(`${queue.pending}/3`, { recursive: true })],
    ['the own folder', ({ queue }) => rmSync(`${queue.processing}/me`, { recursive: true })],
  ])('does not hold when %s changed', (_what, change) => {
    const place = setUp();
    expect(place.changes.begin()).toBe(true);
    change(place);
    expect(place.changes.isUnchanged()).toBe(false);
  });

  it("does not begin while a dead worker's folder exists", () => {
    const { changes, queue } = setUp();
    mkdirSync(`${queue.processing}/dead`);
    expect(changes.begin()).toBe(false);
    expect(changes.hasBegun).toBe(false);
  });

  it.each(['processing/me', 'pending/7'])('does not begin while an entry is in %s', (where) => {
    const { changes, folder } = setUp();
    writeFileSync(`${folder.queue}/${where}/${ENTRY}`, '{}');
    expect(changes.begin()).toBe(false);
  });

  it('does not begin while a foreign file waits', () => {
    const { changes, queue } = setUp();
    writeFileSync(`${queue.pending}/backup.json`, '{}');
    expect(changes.begin()).toBe(false);
  });

  it('notices an entry whose ring was lost', async () => {
    const { changes, queue, heard } = setUp();
    expect(changes.begin()).toBe(true);
    writeFileSync(`${queue.tmp}/${ENTRY}`, '{}');
    renameSync(`${queue.tmp}/${ENTRY}`, `${queue.pending}/3/${ENTRY}`);
    await heard;
    expect(changes.isUnchanged()).toBe(false);
  });
});
