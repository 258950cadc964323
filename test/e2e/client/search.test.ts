import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../lib/core/json.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

describe.each(installedClients())('a search, under the real client %s', (_version, binary) => {
  it('finds what was said, called and printed, some seconds later, and opens it', {
    timeout: 240_000,
  }, async () => {
    const sandbox = new Sandbox();
    sandbox.install();
    const { sessionId } = await sandbox.client({
      binary,
      prompt: 'Fix the rounding of cents in the invoice',
      script: {
        turns: [
          calls(['Bash', { command: 'echo printed_marmalade 端数処理', description: 'Print it' }]),
          says('The half cent goes to the larger share.'),
        ],
      },
    });
    const find = (words: string): readonly string[] => {
      const found: unknown = JSON.parse(sandbox.waymark('search', words, '--json'));
      const hits: readonly unknown[] = Array.isArray(found) ? found : [];
      return hits
        .filter((hit): hit is JsonObject => isJsonObject(hit) && hit['session'] === sessionId)
        .map((hit) => String(hit['kind']));
    };
    // the client writes the answer after the command, so another round of the index may have it
    const untilFound = (words: string, kind: string): Promise<unknown> =>
      eventually(
        () => find(words),
        (kinds) => expect(kinds).toEqual([kind]),
      );
    await untilFound('printed_marmalade', 'command');
    await untilFound('"rounding of cents" inv*', 'prompt');
    await untilFound('"half cent" larger', 'answer');
    await untilFound('端数処理', 'command');
    expect(find('nowhere')).toEqual([]);
    const command = sandbox.waymark('open', sessionId);
    expect(command).toContain(`claude --resume ${sessionId}`);
    sandbox.waymark('search', '--rebuild');
    expect(find('"half cent" larger')).toEqual(['answer']);
    rmSync(`${sandbox.configFolder}/projects`, { recursive: true });
    expect(find('"half cent" larger')).toEqual(['answer']);
  });
});
