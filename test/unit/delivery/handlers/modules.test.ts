import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { UserHandlersOptions } from '../../../../lib/delivery/handlers/user-handlers.ts';
import { eventually } from '../../../support/eventually.ts';
import { bundleModuleRunner } from '../../../support/module-runner.ts';
import { testEvent } from '../../../support/test-event.ts';
import {
  attempt,
  type HandlerHome,
  handlerHome,
  putFile,
  subscriptionOf,
} from './handler-folder.ts';

const files = bundleModuleRunner();
afterAll(() => files.remove());

const OPTIONS: Partial<UserHandlersOptions> = {
  runner: files.runner,
  api: files.api,
  graceMs: 300,
};

function openWith(
  home: HandlerHome,
  texts: Readonly<Record<string, string>>,
  options: Partial<UserHandlersOptions> = {},
) {
  for (const [name, text] of Object.entries(texts)) putFile(`${home.folder}/${name}`, text, 0o644);
  return home.open({ ...OPTIONS, ...options });
}

/** `export const it` of a JavaScript module with this body. */
function handler(body: string, settings = ''): string {
  return `import { defineHandler } from 'waymark';\nexport const it = defineHandler({ on: 'session.*', ${settings} async handle(event, context) { ${body} } });\n`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a module of handlers', () => {
  it.each(['it.ts', 'it.mts', 'it.js', 'it.mjs'])(
    'named %s is loaded, gets its event, and may import what lies beside it',
    async (name) => {
      const home = handlerHome();
      const isTyped = name.endsWith('ts');
      const beside = name.replace('it', 'sub/words').replace(/^sub/, 'shared');
      const handlers = openWith(home, {
        [beside]: isTyped ? 'export const word: string = "seen";' : 'export const word = "seen";',
        [name]: `import { defineHandler } from 'waymark';
import { word } from './${beside}';
export const it = defineHandler({ on: ['session.*'], filter: 'payload.project=/work/*', timeout: 5, concurrency: 3, attempts: 7, handle(event, { attempt, log }) {
  console.log(word, event.event_type, attempt);
  log('logged');
} });`,
      });
      await handlers.whenReady();
      const it = subscriptionOf(handlers, 'user/it');
      expect(it).toMatchObject({
        kind: 'module',
        types: ['session.*'],
        timeoutMs: 5_000,
        concurrency: 3,
        maxAttempts: 7,
      });
      expect(it.accepts?.(testEvent())).toBe(true);
      expect(it.accepts?.(testEvent({ payload: { project: '/elsewhere' } }))).toBe(false);
      expect(await attempt(it, testEvent(), 30_000, 4)).toEqual({
        state: 'done',
        output: 'seen session.prompt_submitted 4\nlogged',
      });
    },
  );

  it.each(['two.mjs', 'two.ts'])(
    'may export several, and one by default that bears the name of the file: %s',
    async (name) => {
      const handlers = openWith(handlerHome(), {
        [name]: `export const one = { on: 'a.*', handle() { console.log('one'); } };\nexport default { on: 'b.*', handle() { console.log('default'); } };\nexport const word = 5;`,
      });
      await handlers.whenReady();
      expect(handlers.source().map(({ name }) => name)).toEqual(['user/one', 'user/two']);
      expect(await attempt(subscriptionOf(handlers, 'user/one'))).toEqual({
        state: 'done',
        output: 'one',
      });
      expect(await attempt(subscriptionOf(handlers, 'user/two'))).toEqual({
        state: 'done',
        output: 'default',
      });
    },
  );

  it('shares one process among its deliveries, each with its own output, and ends it when idle', async () => {
    const home = handlerHome();
    const body =
      'console.log(event.payload.n); await new Promise((done) => setTimeout(done, 50)); console.log(event.payload.n, process.pid);';
    const handlers = openWith(home, { 'it.mjs': handler(body) }, { idleMs: 50 });
    await handlers.whenReady();
    const it = subscriptionOf(handlers, 'user/it');
    const results = await Promise.all(
      [1, 2, 3].map((n) => attempt(it, testEvent({ payload: { n } }))),
    );
    const said = results.map((result) =>
      result.state === 'done' ? (result.output ?? '').split(/\s/) : [],
    );
    expect(said.map(([first, second]) => [first, second])).toEqual([
      ['1', '1'],
      ['2', '2'],
      ['3', '3'],
    ]);
    expect(new Set(said.map((words) => words[2])).size).toBe(1);
    await eventually('its process ended', () => !isRunning(Number(said[0]?.[2])));
    expect((await attempt(it, testEvent({ payload: { n: 4 } }))).state).toBe('done');
  });

  it('emits events with the current one as their cause, through our API and from programs that it starts', async () => {
    const home = handlerHome();
    const body = `console.log(await context.emit({ type: 'note.made', payload: { n: 1 } }));
      const { execSync } = await import('node:child_process');
      console.log(execSync('echo $WAYMARK_CAUSE $WAYMARK_DEPTH').toString().trim());
      console.log((await import('waymark')).createEvent('note.made', {}).metadata.depth);
      await context.emit({ type: 'not-a-type' }).catch((error) => console.log(error.message));`;
    const handlers = openWith(home, { 'it.mjs': handler(body) });
    await handlers.whenReady();
    const event = testEvent({ metadata: { depth: 3 } });
    expect(await attempt(subscriptionOf(handlers, 'user/it'), event)).toEqual({
      state: 'done',
      output: `evt_1\n${event.event_id} 3\n4\nCannot emit not-a-type: event_type must be words joined by dots`,
    });
    expect(home.emitted).toEqual([{ type: 'note.made', payload: { n: 1 } }]);
  });

  it.each([
    ['throw new Error("no route")', 'Error: no route'],
    ['await Promise.reject("just so")', 'just so'],
    ['setTimeout(() => { throw new Error("later") }); await new Promise(() => {})', 'later'],
    ['process.exit(3)', 'status 3'],
    ['process.kill(process.pid, "SIGKILL")', 'SIGKILL'],
  ])('whose handler says `%s` has failed, and works the next time', async (body, reason) => {
    const handlers = openWith(handlerHome(), {
      'it.mjs': handler(`if (context.attempt < 2) { ${body} }`),
    });
    await handlers.whenReady();
    const it = subscriptionOf(handlers, 'user/it');
    expect(await attempt(it)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(reason),
    });
    expect(await attempt(it, testEvent(), 30_000, 2)).toEqual({ state: 'done' });
  });

  it('is aborted at its time limit, and may end in time', async () => {
    const body =
      'await new Promise((_, fail) => context.signal.addEventListener("abort", () => fail(new Error("stopped"))))';
    const handlers = openWith(handlerHome(), { 'it.mjs': handler(body) });
    await handlers.whenReady();
    expect(await attempt(subscriptionOf(handlers, 'user/it'), testEvent(), 200)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('stopped'),
    });
  });

  it.each([['await new Promise(() => {})'], ['for (;;);']])(
    'that never comes back from `%s` is ended; others are not disturbed',
    async (body) => {
      const home = handlerHome();
      const note = `(await import('node:fs')).writeFileSync('${home.root}/pid', String(process.pid));`;
      const handlers = openWith(home, {
        'it.mjs': handler(`${note} if (context.attempt < 2) ${body}`),
        'other.mjs': handler('console.log("fine")').replace('it =', 'other ='),
      });
      await handlers.whenReady();
      // its process runs: the time limit is that of the handler alone
      await attempt(subscriptionOf(handlers, 'user/it'), testEvent(), 30_000, 2);
      const [late, fine] = await Promise.all([
        attempt(subscriptionOf(handlers, 'user/it'), testEvent(), 300),
        attempt(subscriptionOf(handlers, 'user/other'), testEvent(), 30_000),
      ]);
      expect(late).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining('time limit'),
      });
      expect(fine).toEqual({ state: 'done', output: 'fine' });
      expect(isRunning(Number(readFileSync(`${home.root}/pid`, 'utf8')))).toBe(false);
      expect(await attempt(subscriptionOf(handlers, 'user/it'), testEvent(), 30_000, 2)).toEqual({
        state: 'done',
      });
    },
  );

  it('that prints without end costs its own process no more than the head', async () => {
    const handlers = openWith(handlerHome(), {
      'it.mjs': handler('for (let n = 0; n < 200_000; n += 1) console.log("x".repeat(100));'),
    });
    await handlers.whenReady();
    expect(await attempt(subscriptionOf(handlers, 'user/it'))).toMatchObject({
      state: 'done',
      output: expect.stringMatching(/^x+\n/),
    });
  });

  it.each([
    ['throws when it is loaded', 'it.mjs', 'throw new Error("not today");', 'not today'],
    [
      'throws later while it is loaded',
      'it.mjs',
      'setTimeout(() => { throw new Error("any moment"); }); await new Promise(() => {});',
      'any moment',
    ],
    ['has an error of syntax', 'it.mjs', 'export const = 5;', 'SyntaxError'],
    ['has an error of syntax in TypeScript', 'it.ts', 'export const it: = 5;', 'it.ts'],
    [
      'never finishes loading',
      'it.mjs',
      'setInterval(() => {}, 1000); await new Promise(() => {});',
      'not loaded within',
    ],
    ['ends the process', 'it.mjs', 'process.exit(0);', 'status 0'],
    ['exports nothing of use', 'it.mjs', 'export const words = [1];', 'exports no handler'],
    ['imports what is not there', 'it.mjs', 'import "no-such-package";', 'no-such-package'],
    [
      'does not say what it wants',
      'it.mjs',
      'export const it = { handle() {} };',
      '`on` is missing',
    ],
    [
      'filters by a function',
      'it.mjs',
      'export const it = { on: "a.b", filter: () => true, handle() {} };',
      'filter',
    ],
  ])(
    'that %s is refused with its reason, and harms no other',
    async (_what, name, text, reason) => {
      const home = handlerHome();
      const handlers = openWith(
        home,
        { [name]: text, 'other.mjs': handler('').replace('it =', 'other =') },
        { loadMs: name === 'it.mjs' && text.includes('setInterval') ? 2_000 : 20_000 },
      );
      await handlers.whenReady();
      expect(handlers.known().find(({ path }) => path.endsWith(name))).toMatchObject({
        state: 'refused',
        reason: expect.stringContaining(reason),
      });
      expect(handlers.source().map((one) => one.name)).toEqual(['user/other']);
      expect(home.log.codes()).toEqual(['HANDLER_REFUSED']);
    },
  );

  it('in TypeScript says what to do where tsx is not installed', async () => {
    const home = handlerHome();
    const runner = files.copyTo(home.root);
    const handlers = openWith(home, { 'it.ts': handler('') }, { runner });
    await handlers.whenReady();
    // this Node needs no tsx
    if ('typescript' in process.features && process.features.typescript !== false) return;
    expect(handlers.known()[0]).toMatchObject({
      state: 'refused',
      reason: expect.stringMatching(
        /needs tsx on this Node\. Run: npm install --ignore-scripts --prefix \S+\/handlers\/\.tsx tsx/,
      ),
    });
  });

  it('in TypeScript runs by the tsx that is installed for the handlers', async () => {
    const home = handlerHome();
    const runner = files.copyTo(home.root);
    const modules = `${home.folder}/.tsx/node_modules`;
    mkdirSync(modules, { recursive: true });
    for (const name of ['tsx', 'esbuild', '@esbuild', 'get-tsconfig', 'resolve-pkg-maps'])
      if (existsSync(`node_modules/${name}`))
        symlinkSync(realpathSync(`node_modules/${name}`), `${modules}/${name}`);
    const handlers = openWith(home, { 'it.ts': handler('') }, { runner });
    await handlers.whenReady();
    expect(handlers.source().map((one) => one.name)).toEqual(['user/it']);
  });

  it('is known from the first moment of the next worker, before it is loaded', async () => {
    const home = handlerHome();
    const first = openWith(home, { 'it.mjs': handler('console.log("here")') });
    await first.whenReady();
    const next = home.open(OPTIONS);
    expect(await attempt(subscriptionOf(next, 'user/it'))).toEqual({
      state: 'done',
      output: 'here',
    });
  });

  it('that changes is loaded again, and keeps its subscriptions meanwhile', async () => {
    const home = handlerHome();
    const handlers = openWith(home, { 'it.mjs': handler('console.log("old")') });
    await handlers.whenReady();
    expect(await attempt(subscriptionOf(handlers, 'user/it'))).toEqual({
      state: 'done',
      output: 'old',
    });
    writeFileSync(`${home.folder}/it.mjs`, handler('console.log("newer")'));
    expect(handlers.source().map(({ name }) => name)).toEqual(['user/it']);
    await handlers.whenReady();
    expect(await attempt(subscriptionOf(handlers, 'user/it'))).toEqual({
      state: 'done',
      output: 'newer',
    });
    rmSync(`${home.folder}/it.mjs`);
    expect(handlers.source()).toEqual([]);
  });
});
