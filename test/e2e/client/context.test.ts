import { describe, expect, it } from 'vitest';
import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  parseJsonObject,
} from '../../../lib/core/json.ts';
import { calls, says, type Turn } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

/** Models of both sizes of window, as a user names them. */
const MODELS = [
  ['claude-haiku-4-5', 200_000],
  ['claude-sonnet-4-5[1m]', 1_000_000],
] as const;

/**
 * What fills seven tenths and more of a window, as the model's answers count it: most of it read
 * from the cache.
 */
function full(turn: Turn, tokens: number): Turn {
  return {
    ...turn,
    usage: {
      input_tokens: 1_000,
      cache_creation_input_tokens: 2_000,
      cache_read_input_tokens: tokens - 3_000,
      output_tokens: 400,
    },
  };
}

describe.each(installedClients())(
  'the context figure under the real client %s',
  (_version, binary) => {
    it.each(MODELS)(
      'is the one that the client itself has, for %s, and crossing a threshold reaches the model once',
      async (model, window) => {
        const sandbox = new Sandbox();
        sandbox.install();
        const tokens = 0.72 * window;
        const turns = [
          full(calls(['Bash', { command: 'echo one', description: 'Try' }]), tokens),
          {
            ...full(calls(['Bash', { command: 'echo two', description: 'Try' }]), tokens),
            delayMs: 3_000,
          }, // a model thinks for a while, too
          full(says('Done.'), tokens),
          full(says('Again.'), tokens),
        ];
        const session = await sandbox.client({
          binary,
          script: { turns },
          prompt: ['Begin', 'Go on'],
          args: ['--model', model],
        });
        expect(clientsWindows(session.result)).toContain(window);
        await eventually(
          () => parseJsonObject(sandbox.stateFile(`views/context/${session.sessionId}.json`)) ?? {},
          (view) =>
            expect(view).toMatchObject({
              tokens,
              window,
              percent: 72,
              thresholds: [70, 85, 95],
              crossed: [{ percent: 70 }],
            }),
        );
        const told = session.requests.map((request) => request.told);
        expect(told.at(-1)?.match(/72 %/g)).toHaveLength(1);
      },
    );
  },
);

/** The windows that the client's own result names, one for each model that it used. */
function clientsWindows(result: JsonObject | undefined): readonly (number | undefined)[] {
  const usage = Object.values(objectField(result ?? {}, 'modelUsage')).filter(isJsonObject);
  return usage.map((model) => numberField(model, 'contextWindow'));
}
