import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setWorkerMode } from '../../installer/worker-mode.ts';
import { parseLine } from '../../lib/claude/transcript/parse-line.ts';
import { resolveConfig } from '../../lib/config/resolve.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { readWebhooks } from '../../lib/delivery/webhooks/webhook-list.ts';
import { claimForeign } from '../../lib/queue/claim-foreign.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import { readEvent } from '../../lib/worker/read-event.ts';
import { tempFolder } from '../support/temp-folder.ts';

const MARK = '\uFEFF';

function fileWith(text: string, name = 'file.json'): string {
  const file = join(tempFolder(), name);
  writeFileSync(file, `${MARK}${text}`);
  return file;
}

/**
 * Editors on Windows put it there. Hook payloads have a test of their own in hook-input.test.ts.
 */
describe('a byte order mark in front', () => {
  it('of config.json changes nothing, and the installer edits that file', async () => {
    const file = fileWith('{"idleExit":7}', 'config.json');
    expect(resolveConfig({ environment: {}, userFile: file })).toMatchObject({
      values: { idleExit: 7 },
      problems: [],
    });
    const folder = stateFolderAt(file.slice(0, file.lastIndexOf('/')));
    await setWorkerMode('on-demand', { folder, lockRetries: 0 });
    expect(readFileSync(file, 'utf8')).toBe('{"idleExit":60}');
  });

  it('of the file of a project changes nothing', () => {
    const file = fileWith('{"checkpointInterval":70}');
    expect(resolveConfig({ environment: {}, projectFile: file })).toMatchObject({
      values: { checkpointInterval: 70 },
      problems: [],
    });
  });

  it('of a foreign file in the queue changes nothing', () => {
    const queue = queueFolder(join(tempFolder(), 'queue'));
    makeQueueFolder(queue);
    mkdirSync(`${queue.processing}/w1`);
    writeFileSync(`${queue.pending}/5_a.json`, `${MARK}{"event_type":"build.failed"}`);
    const nextStamp = stampSource(Date.now);
    const entry = claimForeign(`${queue.pending}/5_a.json`, {
      holding: `${queue.processing}/w1`,
      sizeCap: 65_536,
      now: Date.now(),
      nextStamp,
    });
    expect(entry && readEvent(entry, 65_536).event_type).toBe('build.failed');
  });

  it('of webhooks.json changes nothing', () => {
    const file = fileWith('{"webhooks":[]}', 'webhooks.json');
    expect(readWebhooks(file)).toMatchObject({ webhooks: [] });
  });

  it('of a transcript keeps its first line', () => {
    const line = '{"type":"assistant","message":{"model":"m","content":[]},"uuid":"u"}';
    expect(parseLine(`${MARK}${line}`)).toEqual(parseLine(line));
  });
});
