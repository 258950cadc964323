import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JsonObject, objectField, parseJsonObject } from '../../../lib/core/json.ts';
import { calls, type Script, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';

/** Each keeps what it got, a line per call. */
const SHELL = `#!/bin/sh
# waymark: on task.failed
set -eu
printf '%s\\t%s\\t%s\\n' "$WAYMARK_EVENT_ID" "$WAYMARK_EVENT_FILE" "$(cat "$WAYMARK_EVENT_FILE")" >> "$WAYMARK_HOME/got-by-shell"
`;

const PYTHON = `#!/usr/bin/env python3
# waymark: on session.*
import json, os, sys

event = json.load(sys.stdin)
with open(os.path.join(os.environ["WAYMARK_HOME"], "got-by-python"), "a", encoding="utf-8") as got:
    got.write(json.dumps(event) + "\\n")
`;

const MODULE = `import { appendFileSync } from 'node:fs';
import { defineHandler } from 'waymark';

const keep = (event: object) => appendFileSync(\`\${process.env.WAYMARK_HOME}/got-by-module\`, \`\${JSON.stringify(event)}\\n\`);

export const checkpoints = defineHandler({
  on: 'checkpoint.created',
  handle: (event) => keep(event),
});

export const agents = defineHandler({
  on: ['worker.started', 'worker.completed'],
  handle: ({ payload, ...event }) => keep({ ...event, payload: { ...payload, agent_id: payload.agent_id } }),
});
`;

const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;

const FAILING = 'echo broken >&2; exit 3';
const AGENT_PROMPT = 'HANDLED: look around';

function script(project: string): Script {
  return {
    turns: [
      calls(['Bash', { command: FAILING, description: 'Fail' }]),
      calls(['Bash', { command: 'echo fine', description: 'Pass' }]),
      calls(['Write', { file_path: `${project}/story.txt`, content: 'once\n' }]),
      calls([
        'Agent',
        {
          description: 'Look around',
          prompt: AGENT_PROMPT,
          subagent_type: 'general-purpose',
          run_in_background: false,
        },
      ]),
      says('All is done.'),
    ],
    lanes: [
      {
        opening: AGENT_PROMPT,
        turns: [
          calls(['Bash', { command: 'cat missing.txt', description: 'Fail' }]),
          says('Nothing is there.'),
        ],
      },
    ],
  };
}

describe.each(installedClients())(
  'handlers of the user under the real client %s',
  (_version, binary) => {
    it(`get each event of their types once, with what it holds: a shell script, a module${HAS_PYTHON ? ', a Python script' : ''}`, async () => {
      const sandbox = new Sandbox();
      sandbox.install();
      putHandlers(sandbox);
      const session = await sandbox.client({
        binary,
        prompt: 'Write the story',
        script: script(sandbox.project),
        env: { WAYMARK_CHECKPOINT_INTERVAL: '0' },
      });
      expect(session).toMatchObject({ exitCode: 0, timedOut: false });
      await eventually(() => sandbox.status(), expectSettled);
      const failed = await gotAll(sandbox, 'got-by-shell', ['task.failed']);
      const [byAgent, byItself] = [true, false].map((isAgent) =>
        ofType(failed, 'task.failed').filter((payload) => 'agent_id' in payload === isAgent),
      );
      expect(byItself).toMatchObject([
        {
          session_id: session.sessionId,
          call: {
            tool: 'Bash',
            target: FAILING,
            outcome: 'failed',
            error: expect.stringContaining('broken'),
          },
        },
      ]);
      expect(byAgent).toMatchObject([
        {
          session_id: session.sessionId,
          call: { tool: 'Bash', target: 'cat missing.txt', outcome: 'failed' },
        },
      ]);
      const given = linesOf(sandbox, 'got-by-shell').map((line) => line.split('\t'));
      expect(given.map(([id]) => id).sort()).toEqual(failed.map(({ event_id }) => event_id));
      const files = given.map(([, file]) => file ?? '');
      expect([new Set(files).size, files.filter((file) => existsSync(file))]).toEqual([
        failed.length,
        [],
      ]);

      const made = await gotAll(sandbox, 'got-by-module', [
        'checkpoint.created',
        'worker.started',
        'worker.completed',
      ]);
      expect(ofType(made, 'worker.completed')).toMatchObject([
        {
          session_id: session.sessionId,
          agent_id: expect.any(String),
          agent_type: 'general-purpose',
        },
      ]);
      expect(new Set(ofType(made, 'checkpoint.created').map(({ kind }) => kind))).toEqual(
        new Set(['auto', 'stop', 'session-end']),
      );

      if (HAS_PYTHON) {
        const lived = await gotAll(sandbox, 'got-by-python', ['session.*']);
        expect(ofType(lived, 'session.started')).toMatchObject([
          { session_id: session.sessionId, reason: 'startup' },
        ]);
        expect(ofType(lived, 'session.prompt_submitted')).toMatchObject([
          { session_id: session.sessionId, prompt: 'Write the story' },
        ]);
        expect(ofType(lived, 'session.ended')).toMatchObject([
          { session_id: session.sessionId, reason: 'other' },
        ]);
      }
      const notAtOnce =
        "SELECT * FROM deliveries WHERE subscription LIKE 'user/%' AND (state <> 'done' OR attempts <> 1)";
      await eventually(
        () => sandbox.rows(notAtOnce),
        (left) => expect(left).toEqual([]),
      );
    });

    it.runIf(!HAS_PYTHON)('a handler in Python gets its events', ({ skip }) =>
      skip('python3 is missing here'),
    );
  },
);

/**
 * Puts the handlers where the user would, and looks at them as the user would: from then on workers
 * know what the module wants.
 */
function putHandlers(sandbox: Sandbox): void {
  const folder = sandbox.statePath('handlers');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = {
    'shell.sh': SHELL,
    'module.ts': MODULE,
    ...(HAS_PYTHON ? { 'python.py': PYTHON } : {}),
  };
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), text, { mode: 0o700 });
  // as after `npm install --prefix …/.tsx tsx`: the installer copies us out of a temporary folder,
  // without tsx
  mkdirSync(join(folder, '.tsx'));
  symlinkSync(
    join(import.meta.dirname, '../../../node_modules'),
    join(folder, '.tsx/node_modules'),
  );
  const listed: readonly JsonObject[] = JSON.parse(sandbox.waymark('handlers', 'list', '--json'));
  const names = [
    'user/agents',
    'user/checkpoints',
    ...(HAS_PYTHON ? ['user/python'] : []),
    'user/shell',
  ];
  const own = listed.filter(({ name }) => String(name).startsWith('user/'));
  expect(own.map(({ name, state }) => [name, state]).sort()).toEqual(
    names.map((name) => [name, 'ready']),
  );
}

/** The stored events of these types by id, once a handler has kept just these, each once. */
async function gotAll(
  sandbox: Sandbox,
  file: string,
  types: readonly string[],
): Promise<readonly JsonObject[]> {
  const inStore = (): readonly JsonObject[] =>
    types.flatMap((type) => sandbox.eventsLike(type)).sort(byId);
  const look = () => ({
    got: linesOf(sandbox, file).map((line) =>
      parseJsonObject(line.slice(line.lastIndexOf('\t') + 1)),
    ),
    stored: inStore(),
  });
  const { stored } = await eventually(look, ({ got, stored }) =>
    expect(got.sort(byId)).toEqual(stored),
  );
  return stored;
}

function ofType(events: readonly JsonObject[], type: string): readonly JsonObject[] {
  return events
    .filter(({ event_type }) => event_type === type)
    .map((event) => objectField(event, 'payload'));
}

function linesOf(sandbox: Sandbox, file: string): readonly string[] {
  return sandbox.stateFile(file).split('\n').slice(0, -1);
}

function byId(one: JsonObject | undefined, other: JsonObject | undefined): number {
  return String(one?.['event_id']) < String(other?.['event_id']) ? -1 : 1;
}
