import { readdirSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { learnLessons } from '../../../lib/features/failure/lessons.ts';
import { isJsonObject, type JsonObject } from '../../../lib/core/json.ts';
import { plainJson } from '../../../lib/core/one-line.ts';
import { type StateFolder, stateFolderAt } from '../../../lib/core/state-folder.ts';
import { PROTOCOL_VERSIONS, serveMcp } from '../../../lib/mcp/server.ts';
import { HIDDEN, HOSTILE, hostileHomes } from '../../support/hostile-home.ts';
import { searchScene } from '../../support/search-scene.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { inStore, OTHER, preparedStore, SESSION, START } from '../cli/prepared-store.ts';

const hostileHome = hostileHomes();

const MINE = { session_id: 's1', project: '/work/shop' };

/**
 * A failure with its fix in /work/shop, the same program failing otherwise, and a failure of
 * another project.
 */
function withFailures(): StateFolder {
  const call = (target: string, id: string, outcome: string, error?: string): JsonObject => ({
    ...{ tool: 'Bash', target, tool_use_id: id, outcome },
    ...(error === undefined ? {} : { error }),
  });
  const missing = (name: string): string => `Exit code 1\nnpm error Missing script: "${name}"`;
  const folder = preparedStore([
    ['task.failed', 10, { ...MINE, call: call('npm run tset', 't1', 'failed', missing('tset')) }],
    ['checkpoint.created', 20, { ...MINE, call: call('npm run test', 't2', 'ok') }],
    ['task.failed', 30, { ...MINE, call: call('npm run lnit', 't3', 'failed', missing('lnit')) }],
    [
      'task.failed',
      40,
      {
        ...{ session_id: 's2', project: '/work/other' },
        call: call('make al', 't4', 'failed', 'make: *** No rule to make target "al".'),
      },
    ],
  ]);
  inStore(folder, (database) => learnLessons(database, 's1'));
  return folder;
}

async function talk(
  folder: StateFolder,
  messages: readonly unknown[],
  cwd = '/work/shop',
): Promise<readonly string[]> {
  const lines: string[] = [];
  const input = messages.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`);
  await serveMcp(Readable.from(input), (line) => lines.push(line), {
    place: {
      ...{ folder: () => folder, cwd, environment: {}, clock: () => START + 3_600_000 },
      sleep: async () => undefined,
    },
    version: '1.2.3',
    runnable: (text) => text.replaceAll('`waymark ', '`node w '),
  });
  return lines;
}

const callOf = (name: string, given: JsonObject, id = 1): JsonObject => ({
  ...{ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: given } },
});

/** What a tool answers: its JSON, or its text where it is a problem. */
async function ask(
  folder: StateFolder,
  name: string,
  given: JsonObject = {},
  cwd?: string,
): Promise<unknown> {
  const [line = ''] = await talk(folder, [callOf(name, given)], cwd);
  const { result }: { result: { content: [{ text: string }]; isError: boolean } } =
    JSON.parse(line);
  const { text } = result.content[0];
  return result.isError ? text : JSON.parse(text);
}

describe('a server', () => {
  it.each<readonly [string | undefined, string]>([
    ...PROTOCOL_VERSIONS.map((version): [string, string] => [version, version]),
    ['1999-01-01', PROTOCOL_VERSIONS[0]],
    [undefined, PROTOCOL_VERSIONS[0]],
  ])('asked for protocol %s speaks %s', async (asked, spoken) => {
    const params = { protocolVersion: asked, capabilities: {} };
    const [line = ''] = await talk(preparedStore(), [
      { jsonrpc: '2.0', id: 1, method: 'initialize', params },
    ]);
    expect(JSON.parse(line)).toMatchObject({
      result: {
        protocolVersion: spoken,
        capabilities: { tools: {} },
        serverInfo: { name: 'waymark', version: '1.2.3' },
        instructions: expect.stringContaining('never instructions'),
      },
    });
  });

  it('lists tools that only read, for fewer than 800 tokens', async () => {
    const [line = ''] = await talk(preparedStore(), [
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    ]);
    expect(line.length).toBeLessThan(4 * 800);
    const { result }: { result: { tools: readonly JsonObject[] } } = JSON.parse(line);
    expect(result.tools.map(({ name }) => name)).toEqual([
      'failures',
      'search',
      'sessions',
      'show',
      'resume',
      'status',
    ]);
    for (const tool of result.tools) {
      expect(tool).toMatchObject({
        inputSchema: { type: 'object', additionalProperties: false },
        annotations: { readOnlyHint: true },
      });
    }
  });

  it('answers in order, and goes on after nonsense', async () => {
    const lines = await talk(preparedStore(), [
      { jsonrpc: '2.0', id: 'a', method: 'ping' },
      'nonsense',
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'a' } },
      `"${'x'.repeat(1_000_001)}"`,
      { jsonrpc: '2.0', id: 'b', method: 'resources/list' },
      callOf('drop', {}, 3),
      { jsonrpc: '2.0', id: 4, method: 'ping' },
    ]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 'a', result: {} },
      { id: null, error: { code: -32_700 } },
      { id: null, error: { code: -32_600 } },
      { id: 'b', error: { code: -32_601 } },
      { id: 3, error: { code: -32_602, message: 'Cannot call drop: unknown tool' } },
      { id: 4, result: {} },
    ]);
  });
});

describe('the tool failures', () => {
  it('tells what fails in the project, and what worked instead', async () => {
    expect(await ask(withFailures(), 'failures')).toMatchObject({
      project: '/work/shop',
      failures: [
        { lastCommand: 'npm run lnit' },
        { lastCommand: 'npm run tset', workedInstead: 'npm run test', failed: 1 },
      ],
    });
  });

  it('tells what is known of a command first, then of similar ones', async () => {
    const folder = withFailures();
    const found = await ask(folder, 'failures', { command: 'cd /work/shop && npm run tset' });
    expect(found).toMatchObject({
      failures: [
        { nearness: 'same', lastCommand: 'npm run tset' },
        { nearness: 'similar', lastCommand: 'npm run lnit' },
      ],
    });
    const one = await ask(folder, 'failures', { command: 'npm run tset', limit: 1 });
    expect(one).toMatchObject({ failures: [{ nearness: 'same' }] });
  });

  it('keeps to the project unless it is asked for all', async () => {
    const folder = withFailures();
    expect(await ask(folder, 'failures', { command: 'make al' })).toMatchObject({ failures: [] });
    for (const more of [{ project: '/work/other' }, { everywhere: true }])
      expect(await ask(folder, 'failures', { command: 'make al', ...more })).toMatchObject({
        failures: [{ nearness: 'same', lastCommand: 'make al' }],
      });
  });
});

describe('the tools about sessions', () => {
  it('list those of the project, or of all', async () => {
    const folder = preparedStore();
    expect(await ask(folder, 'sessions')).toMatchObject({
      sessions: [{ id: OTHER }, { id: SESSION, lastPrompt: 'Fix the total', failures: 1 }],
    });
    expect(await ask(folder, 'sessions', { project: 'sub' })).toMatchObject({
      sessions: [{ id: OTHER }],
    });
    expect(await ask(folder, 'sessions', { everywhere: true, limit: 1 }, '/')).toMatchObject({
      sessions: [{ id: OTHER }],
    });
  });

  it('say what each is doing', async () => {
    const folder = preparedStore([
      ['session.prompt_submitted', 3_590, { ...MINE, prompt: 'Go on' }],
      ['session.notified', 3_595, { ...MINE, waits_for: 'permission', message: 'May I?' }],
    ]);
    const state = { state: 'waiting-for-permission' };
    expect(await ask(folder, 'sessions')).toMatchObject({ sessions: [state] });
    expect(await ask(folder, 'show')).toMatchObject({ session: state });
    expect(await ask(folder, 'status')).toMatchObject({ sessionsNow: [state] });
  });

  it('show one, the latest first', async () => {
    const folder = preparedStore();
    expect(await ask(folder, 'show')).toMatchObject({
      session: { id: SESSION },
      prompts: [{ text: 'Fix the total' }],
      failures: [{ tool: 'Bash', target: 'npm test', error: 'Exit code 1' }],
      checkpoints: [
        { kind: 'stop', note: 'done' },
        { kind: 'auto', branch: 'main' },
      ],
      calls: [{ target: 'npm test' }, { target: '/work/shop/a.js' }],
    });
    expect(await ask(folder, 'show', { session: SESSION, failed: true })).toMatchObject({
      calls: [{ target: 'npm test', outcome: 'failed' }],
    });
    expect(await ask(folder, 'show', { limit: 1 })).toMatchObject({ callsBefore: 1 });
  });

  it('say where one was', async () => {
    expect(await ask(preparedStore(), 'resume', { session: 'aaaa1111' })).toMatchObject({
      session: SESSION,
      prompts: ['Fix the total'],
      unsolvedFailures: [{ target: 'npm test', error: 'Exit code 1' }],
    });
  });

  it.each(['show', 'resume'])('%s says what it does not find, and what to do', async (tool) => {
    const folder = preparedStore();
    expect(await ask(folder, tool, { session: 'ffff' })).toBe(
      'Cannot find the session: no id begins with ffff\n`node w sessions` lists them.',
    );
    expect(await ask(folder, tool, {}, '/')).toContain('none in /, 2 elsewhere');
    expect(await ask(folder, tool, { sessoin: 'x' })).toContain('did you mean session?');
  });
});

describe('the tool search', () => {
  it('finds places of the project by words, or of all', async () => {
    const scene = searchScene();
    scene.say('s1', [{ second: 1, prompt: 'Round half a cent up' }]);
    scene.say('s2', [{ second: 2, prompt: 'Round the corner of a cent' }], '/work/other');
    await scene.build();
    expect(await ask(scene.folder, 'search', { words: 'cent round*' })).toMatchObject({
      project: '/work/shop',
      hits: [{ session: 's1', kind: 'prompt', text: 'Round half a cent up' }],
    });
    expect(
      await ask(scene.folder, 'search', { words: 'cent', everywhere: true, limit: 1 }),
    ).toMatchObject({ hits: [{ kind: 'prompt' }] });
  });

  it('says when it cannot look', async () => {
    const folder = preparedStore();
    expect(await ask(folder, 'search', { words: 'cent' })).toMatchObject({
      hits: [],
      note: expect.stringContaining('no index yet'),
    });
    expect(await ask(folder, 'search')).toContain('the words are missing');
  });
});

describe('the tool status', () => {
  it('says whether recording works', async () => {
    expect(await ask(preparedStore(), 'status')).toMatchObject({
      hooks: [],
      startedByPlugin: false,
      workers: [],
      queue: { pending: 0 },
      store: { state: 'ok' },
    });
  });
});

const EVERY_CALL = [
  callOf('failures', { everywhere: true }),
  callOf('failures', { command: `npm ${HOSTILE}` }),
  callOf('search', { words: HOSTILE, everywhere: true }),
  callOf('search', { words: 'npm', everywhere: true }),
  callOf('sessions', { everywhere: true }),
  callOf('show', { everywhere: true }),
  callOf('show', { session: HOSTILE }),
  callOf('resume', { everywhere: true }),
  callOf('status', {}),
  callOf(HOSTILE, {}),
  callOf('status', { [HOSTILE]: 1 }),
  { jsonrpc: '2.0', id: HOSTILE, method: HOSTILE },
];

describe('every tool', () => {
  it('answers where nothing was recorded, and makes no file', async () => {
    const root = tempFolder();
    const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
    const lines = await talk(folder, EVERY_CALL);
    expect(lines).toHaveLength(EVERY_CALL.length);
    expect(lines.join('\n')).not.toContain('internal');
    expect(readdirSync(root)).toEqual([]);
  });

  it('prints nothing hidden, and hands nothing hidden to the model', async () => {
    for (const keeps of [true, false]) {
      const { folder, cwd } = hostileHome(keeps);
      for (const line of await talk(folder, EVERY_CALL, cwd)) {
        expect(line).not.toMatch(HIDDEN);
        for (const text of textsOf(JSON.parse(line))) expect(text).not.toMatch(HIDDEN);
      }
    }
  });

  it('changes no file', async () => {
    const { folder, cwd } = hostileHome(true);
    await talk(folder, EVERY_CALL, cwd); // SQLite makes the index of its log when it is read first
    const before = filesOf(folder.root);
    await talk(folder, EVERY_CALL, cwd);
    expect(before.length).toBeGreaterThan(5);
    expect(filesOf(folder.root)).toEqual(before);
  });
});

function textsOf(answer: { result?: { content?: readonly JsonObject[] } }): readonly string[] {
  return (answer.result?.content ?? []).filter(isJsonObject).map(({ text }) => String(text));
}

function filesOf(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { size, mtimeMs, mode } = statSync(`${root}/${name}`);
      return plainJson(JSON.stringify([name, size, mtimeMs, mode]));
    })
    .sort();
}
