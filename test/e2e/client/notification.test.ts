import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type JsonObject, parseJsonObject } from '../../../lib/core/json.ts';
import { startMessagesApi } from '../../support/claude-client/messages-api.ts';
import { recordedPayloads, recorderSettings } from '../../support/claude-client/recorder.ts';
import { pathReplacements, sanitise, shapeOf } from '../../support/claude-client/sanitise.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { openTerminal } from './open-terminal.ts';
import { Sandbox } from './sandbox.ts';

const FIXTURE = 'test/fixtures/hook-input/Notification.json';

/** `WAYMARK_RECORD=1` writes the fixture: the client asks for permission on a terminal only. */
describe.runIf(process.platform === 'linux')('what the client gives to a Notification hook', () => {
  it.each(installedClients())('has the shape of the fixture: %s', async (_version, binary) => {
    const payload = await recordNotification(binary);
    if (process.env['WAYMARK_RECORD'] === '1')
      writeFileSync(FIXTURE, `${JSON.stringify(payload, null, 2)}\n`);
    const fixture = parseJsonObject(readFileSync(FIXTURE, 'utf8')) ?? {};
    expect(shapeOf(payload)).toEqual(shapeOf(fixture));
    expect(payload['notification_type']).toBe(fixture['notification_type']);
  });
});

/** The payload, sanitised, with which the client says that it asks for permission. */
async function recordNotification(binary: string): Promise<JsonObject> {
  const sandbox = new Sandbox();
  writeFileSync(
    sandbox.settingsFile,
    JSON.stringify(recorderSettings(sandbox.root, ['Notification'])),
  );
  const touch = calls(['Bash', { command: 'touch made.txt', description: 'Make a file' }]);
  const api = await startMessagesApi({ turns: [touch, says('Made.')] });
  onTestFinished(() => api.close());
  const screen = openTerminal(sandbox, binary, api.url, { messageIdleNotifThresholdMs: 1_000 });
  await eventually(screen.text, (seen) => expect(seen).toMatch(/shortcuts|foragents/));
  screen.type('make it');
  await eventually(screen.text, (seen) => expect(seen).toContain('makeit'));
  screen.type('\r');
  const [first] = await eventually(
    () => recordedPayloads(sandbox.root),
    (found) => expect(found.map(({ event }) => event)).toEqual(['Notification']),
  );
  const away = pathReplacements([
    [sandbox.project, '/home/user/project'],
    [join(sandbox.root, 'home'), '/home/user'],
  ]);
  return Object.fromEntries(
    Object.entries(first?.input ?? {}).map(([key, value]) => [key, sanitise(value, away)]),
  );
}
