import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lib/core/json.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

const PROGRAM = join(import.meta.dirname, '../../../dist/waymark.cjs');

/** A session in which a script is mistyped, recorded to the end. */
async function recordFailure(sandbox: Sandbox, binary: string): Promise<string> {
  sandbox.install();
  const session = await sandbox.runCommands(binary, ['npm run --silent totl']);
  await eventually(
    () => sandbox.status(),
    (status) => expect(status).toMatchObject({ queue: { pending: 0, processing: 0 } }),
  );
  // what failed is learned from after it is stored
  await eventually(
    () => sandbox.waymark('failures', 'list', '--json'),
    (failures) => expect(failures).toContain('npm run --silent totl'),
  );
  return session.sessionId;
}

/** The settings of Claude Code for one server, as `claude mcp add` writes them. */
function serverConfig(sandbox: Sandbox): string {
  const server = {
    command: process.execPath,
    args: [PROGRAM, 'mcp'],
    env: { WAYMARK_HOME: sandbox.statePath('') },
  };
  return JSON.stringify({ mcpServers: { waymark: server } });
}

describe.each(installedClients())('waymark mcp under the real client %s', (_version, binary) => {
  it('answers the model that calls its tools', async () => {
    const sandbox = new Sandbox();
    const before = await recordFailure(sandbox, binary);
    const turns = [
      calls(['mcp__waymark__failures', { command: 'npm run --silent totl' }]),
      calls(['mcp__waymark__show', { session: before.slice(0, 8) }]),
      calls(['mcp__waymark__status', {}], ['mcp__waymark__sessions', {}]),
      calls(['mcp__waymark__resume', { session: 'no such' }]),
      says('It was the script totl.'),
    ];
    const session = await sandbox.client({
      ...{ binary, prompt: 'What failed last time?', script: { turns } },
      args: [
        ...['--mcp-config', serverConfig(sandbox), '--strict-mcp-config'],
        ...['--allowedTools', 'mcp__waymark'],
      ],
    });
    expect(session).toMatchObject({ exitCode: 0, timedOut: false });
    expect(session.result).toMatchObject({ is_error: false });
    const results = toolResults(session.events);
    expect(results[0]).toContain('"nearness":"same"');
    expect(results[0]).toContain('npm run --silent totl');
    expect(results[1]).toContain(before);
    expect(results[2]).toContain('"store":{"state":"ok"}');
    expect(results[3]).toContain(before);
    expect(results[4]).toContain('no id begins with no such');
    const told = session.requests.map((request) => request.told).join('\n');
    expect(told).toContain('"nearness');
  });
});

describe('waymark mcp under the client of the SDK', () => {
  it('keeps to the protocol', () => {
    const sandbox = new Sandbox();
    const asked = {
      command: [process.execPath, PROGRAM, 'mcp', '--project', sandbox.project],
      env: { WAYMARK_HOME: sandbox.statePath(''), PATH: process.env['PATH'] ?? '' },
      calls: [
        { name: 'sessions', arguments: { limit: 3 } },
        { name: 'failures', arguments: { command: 'npm run tset' } },
        { name: 'search', arguments: { words: 'money' } },
        { name: 'show' },
        { name: 'resume', arguments: {} },
        { name: 'status', arguments: {} },
        { name: 'drop' },
      ],
    };
    const program = join(import.meta.dirname, 'mcp-sdk-client.mjs');
    const got: JsonObject = JSON.parse(
      execFileSync(process.execPath, [program, JSON.stringify(asked)], { encoding: 'utf8' }),
    );
    expect(got).toMatchObject({
      server: { name: 'waymark' },
      instructions: expect.stringContaining('reads only'),
      tools: [{ name: 'failures' }, {}, {}, {}, {}, { name: 'status' }],
      answers: [
        { isError: false, content: [{ text: expect.stringContaining('"sessions":[]') }] },
        { isError: false },
        { isError: false, content: [{ text: expect.stringContaining('no index yet') }] },
        { isError: true, content: [{ text: expect.stringContaining('none was recorded yet') }] },
        { isError: true },
        { isError: false },
        { code: -32_602 },
      ],
    });
  });
});

/** What tools answered, in the order of the calls. */
function toolResults(events: readonly JsonObject[]): readonly string[] {
  return events.flatMap((event) => {
    const { message } = event;
    if (event['type'] !== 'user' || typeof message !== 'object' || message === null) return [];
    const content: unknown = 'content' in message ? message.content : undefined;
    return Array.isArray(content)
      ? content.flatMap((block: unknown) => {
          const text = JSON.stringify(block);
          return text.includes('"tool_result"') ? [text.replaceAll('\\"', '"')] : [];
        })
      : [];
  });
}
