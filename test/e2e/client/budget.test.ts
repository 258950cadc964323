import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, objectField } from '../../../lib/core/json.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

const touch = calls(['Bash', { command: 'touch made.txt', description: 'Make a file' }]);

describe.each(installedClients())('a budget under the real client %s', (_version, binary) => {
  it('lets calls pass until it is used up, refuses them and prompts then, and is lifted at once', async () => {
    const sandbox = new Sandbox();
    sandbox.install();
    sandbox.waymark('budget', 'day', '0.000001', '--action', 'deny');
    const first = await sandbox.client({
      ...{ binary, prompt: 'Make it' },
      script: { turns: [touch, touch, says('Done.')] },
    });
    expect(first).toMatchObject({ exitCode: 0, timedOut: false });
    await eventually(
      () => spentToday(sandbox),
      (spent) => expect(spent).toBeGreaterThan(0.000001),
    );
    await eventually(
      () => sandbox.stateFile('views/budget/spending.json'),
      (view) => expect(view).toContain('"dollars":0.'),
    );
    expect(sandbox.eventsLike('account.budget_crossed')).toHaveLength(1);

    const refused = await sandbox.client({
      ...{ binary, prompt: 'Make it again', script: { turns: [says('Never asked.')] } },
    });
    expect(refused.requests.filter(({ lane }) => lane === 'main')).toEqual([]);
    await eventually(
      () => sandbox.eventsLike('session.budget_told').map(verdictOf),
      (verdicts) => expect(verdicts).toContain('blocked'),
    );

    sandbox.waymark('budget', 'day', 'off');
    const lifted = await sandbox.client({
      ...{ binary, prompt: 'Make it at last', script: { turns: [says('Asked.')] } },
    });
    expect(lifted.requests.filter(({ lane }) => lane === 'main')).toHaveLength(1);
  });
});

function spentToday(sandbox: Sandbox): number {
  const lines: unknown = JSON.parse(sandbox.waymark('budget', 'list', '--json'));
  const [day] = Array.isArray(lines) ? lines.filter(isJsonObject) : [];
  return Number(day?.['spent']);
}

function verdictOf(event: JsonObject): unknown {
  return objectField(event, 'payload')['verdict'];
}
