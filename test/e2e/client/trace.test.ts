import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../lib/core/json.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';
import { nestedAgents } from './scenario.ts';

describe.each(installedClients())(
  'waymark trace after a session of the real client %s',
  (_version, binary) => {
    it('draws the failure with its fix, the agent below its call, and the agent of that agent', async () => {
      const sandbox = new Sandbox();
      writeFileSync(
        join(sandbox.project, 'package.json'),
        JSON.stringify({ name: 'parts', scripts: { total: 'echo 12' } }),
      );
      sandbox.install();
      const session = await sandbox.client({
        binary,
        prompt: 'Add the parts up',
        script: nestedAgents(),
      });
      expect(session).toMatchObject({ exitCode: 0, timedOut: false });
      await eventually(() => sandbox.status(), expectSettled);
      await eventually(
        () => stepsOf(JSON.parse(sandbox.waymark('trace', session.sessionId, '--json'))),
        (steps) => {
          expect(steps).toContainEqual([
            'session',
            'prompt',
            'call Bash failed',
            'failure',
            'fix npm run --silent total',
          ]);
          const outer = ['session', 'prompt', 'call Agent ok', 'agent general-purpose ok'];
          expect(steps).toContainEqual([...outer, 'call Bash ok']);
          expect(steps).toContainEqual([
            ...outer,
            'call Agent ok',
            'agent general-purpose ok',
            'call Bash failed',
            'failure',
          ]);
        },
      );
      expect(sandbox.waymark('trace', 'last')).toContain('└─ ✓ agent general-purpose');
      await eventually(
        () => JSON.parse(sandbox.waymark('routing', '--json')),
        (routing) =>
          expect(routing.agents).toMatchObject([
            { kind: 'review', runs: 1, successRate: 1, tokens: expect.any(Number) },
            { kind: 'search', runs: 1 },
          ]),
      );
    });
  },
);

/** The way down to each step that matters here. */
function stepsOf(node: unknown, above: readonly string[] = []): readonly (readonly string[])[] {
  if (!isJsonObject(node)) return [];
  const way = [...above, nameOf(node)];
  const children = Array.isArray(node['children']) ? node['children'] : [];
  return [way, ...children.flatMap((child: unknown) => stepsOf(child, way))];
}

function nameOf({ kind, label, outcome, detail }: JsonObject): string {
  if (kind === 'call' || kind === 'agent') return `${kind} ${label} ${outcome}`;
  return kind === 'fix' ? `${kind} ${detail}` : String(kind);
}
