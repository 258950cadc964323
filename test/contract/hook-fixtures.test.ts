import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkEvent } from '../../lib/events/types/check-event.ts';
import { isEventTypeName } from '../../lib/events/types/registry.ts';
import { parseEnvelope } from '../../lib/events/envelope-schema.ts';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  hookErrors,
  hookPlace,
  queuedEvents,
  recordedInput,
  runHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();
const FIXTURES = readdirSync('test/fixtures/hook-input').map((file) =>
  file.slice(0, -'.json'.length),
);
const nameOf = (fixture: string): string | undefined =>
  HOOKS.find(({ event }) => event === fixture.split('.')[0])?.name;

/** What some payloads become, in the order of the queue. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  StopFailure: ['task.failed', 'checkpoint.created'],
  'StopFailure.in-agent': ['task.failed', 'checkpoint.created', 'worker.failed'],
  'PostToolUseFailure.Agent': ['task.failed', 'worker.failed'],
  'PreToolUse.Agent': ['routing.decision_made', 'task.assigned'],
  'PostToolUse.in-agent': ['checkpoint.created', 'worker.heartbeat'],
  SessionEnd: ['checkpoint.created', 'session.ended'],
  'PreToolUse.Bash': [],
  Notification: ['session.notified'],
};

describe('a recorded payload', () => {
  it.each(FIXTURES.filter((fixture) => nameOf(fixture) !== undefined))(
    '%s becomes valid slim events',
    async (fixture) => {
      const place = hookPlace();
      const run = await runHookFile(
        `${bundles().folder}/${nameOf(fixture)}.cjs`,
        JSON.stringify(recordedInput(fixture)),
        place.environment,
      );
      expect([run, hookErrors(place.home)]).toEqual([{ status: 0, stdout: '', stderr: '' }, []]);
      const events = queuedEvents(place.home);
      const types = TYPES[fixture];
      if (types !== undefined) expect(events.map((event) => event.event_type)).toEqual(types);
      for (const event of events) {
        expect(parseEnvelope(event)).toEqual({ ok: true, event });
        expect(checkEvent(event, 'refuse')).toEqual({ ok: true, event });
        expect(isEventTypeName(event.event_type), event.event_type).toBe(true);
        expect(event.source).toBe(`hook/${fixture.split('.')[0]}`);
        expect(JSON.stringify(event).length).toBeLessThan(4_096);
      }
    },
  );

  it('tells the folder of the client when the environment names one, else nothing of it', async () => {
    const place = hookPlace();
    const run = (environment: Readonly<Record<string, string>>) =>
      runHookFile(
        `${bundles().folder}/${nameOf('SessionStart')}.cjs`,
        JSON.stringify(recordedInput('SessionStart')),
        { ...place.environment, ...environment },
      );
    await run({});
    await run({ CLAUDE_CONFIG_DIR: '/c/own' });
    await run({ CLAUDE_CONFIG_DIR: '' });
    expect(queuedEvents(place.home).map(({ payload }) => payload['config_folder'])).toEqual([
      undefined,
      '/c/own',
      undefined,
    ]);
  });

  it('is there for each list of types', () => {
    expect(FIXTURES).toEqual(expect.arrayContaining(Object.keys(TYPES)));
  });
});
