import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, numberField } from '../../../lib/core/json.ts';
import { countTokens } from '../../support/count-tokens.ts';
import type { Turn } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';
import { everyKindOfCall } from './scenario.ts';

/** One answer of each kind that has a price of its own. */
const SPENT: readonly JsonObject[] = [
  { output_tokens: 1_234, cache_creation_input_tokens: 20_000 },
  { input_tokens: 230_000, cache_read_input_tokens: 0 },
  {
    cache_creation_input_tokens: 120_000,
    cache_creation: { ephemeral_5m_input_tokens: 20_000, ephemeral_1h_input_tokens: 100_000 },
  },
  { server_tool_use: { web_search_requests: 7 } },
  { speed: 'fast', output_tokens: 700 },
];

describe.each(installedClients())('under the real client %s', (_version, binary) => {
  it.each(['claude-opus-4-8', 'claude-haiku-4-5'])(
    'costs of %s are those of the client, and tokens those of an independent counter',
    async (model) => {
      const sandbox = new Sandbox();
      sandbox.install();
      // fast mode of Haiku has no price: the client takes the usual one, we name the answer
      const spent = model.includes('haiku') ? SPENT.slice(0, -1) : SPENT;
      const { turns, ...scenario } = everyKindOfCall(sandbox.project).script;
      const paid = turns.map((turn, at): Turn => ({ ...turn, usage: spent[at] ?? {} }));
      const session = await sandbox.client({
        binary,
        prompt: 'Write the story',
        script: { ...scenario, turns: paid },
        args: ['--model', model],
      });
      const counted = countTokens(`${sandbox.configFolder}/projects`);
      expect(counted.answers).toBeGreaterThan(turns.length);
      await eventually(
        () => costOf(sandbox),
        ({ dollars, ...tokens }) => {
          expect(tokens).toEqual(counted);
          expect(dollars).toBeCloseTo(numberField(session.result ?? {}, 'total_cost_usd') ?? 0, 6);
        },
      );
    },
  );
});

function costOf(sandbox: Sandbox) {
  const groups: unknown = JSON.parse(sandbox.waymark('cost', '--all', '--json'));
  const sum = (name: string): number =>
    (Array.isArray(groups) ? groups : [])
      .filter(isJsonObject)
      .reduce((total, group) => total + (numberField(group, name) ?? 0), 0);
  return {
    ...{ answers: sum('answers'), input: sum('inputTokens'), output: sum('outputTokens') },
    ...{ cacheRead: sum('cacheReadTokens'), cacheWrite: sum('cacheWriteTokens') },
    dollars: sum('cost'),
  };
}
