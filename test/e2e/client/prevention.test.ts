import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, objectField } from '../../../lib/core/json.ts';
import type { ClientOutcome } from '../../support/claude-client/run-client.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';

const WRONG = 'npm run biuld';
const RIGHT = 'npm run build';

/** How the client opens what a hook has to say to the model. */
const SAID_BEFORE_A_CALL = /PreToolUse:Bash hook additional context: /g;

describe.each(installedClients())('what failed under the real client %s', (_version, binary) => {
  it('is known in the next session: warned of, denied, or replaced, as the user wants', async () => {
    const sandbox = projectWithBuild();
    const first = await sandbox.runCommands(binary, [WRONG, RIGHT]);
    expect(spoken(first)).toEqual([0, 0, 0]);
    await eventually(
      () => viewsOf(sandbox),
      (views) => expect(views).toContain(RIGHT),
    );
    await eventually(
      () => sandbox.stateFile('views/failures/needles'),
      (needles) => expect(needles).toContain('biuld'),
    );

    // the failed call, the right one, then the answer: only the first is spoken of, and before it
    // runs
    const second = await sandbox.runCommands(binary, [WRONG, RIGHT]);
    expect(spoken(second)).toEqual([0, 1, 1]);
    const warning = toldAfter(second, 1);
    expect(warning).toContain(RIGHT);
    expect(warning).toContain('Missing script');
    expect(await failuresIn(sandbox, second)).toBe(1);

    await setAction(sandbox, 'deny');
    const third = await sandbox.runCommands(binary, [WRONG, RIGHT]);
    expect(resultTold(third, 1)).toContain(RIGHT);
    expect(await failuresIn(sandbox, third)).toBe(0);

    const built = linesOf(join(sandbox.project, 'built.txt'));
    await setAction(sandbox, 'auto-fix');
    const fourth = await sandbox.runCommands(binary, [WRONG]);
    expect(linesOf(join(sandbox.project, 'built.txt'))).toBe(built + 1);
    expect(toldAfter(fourth, 1)).toContain(`\`${RIGHT}\` ran in place of \`${WRONG}\``);
    expect(await failuresIn(sandbox, fourth)).toBe(0);
    expect(
      sandbox
        .events(fourth.sessionId, 'learning.fix_applied')
        .map((event) => objectField(event, 'payload')['fix']),
    ).toEqual([RIGHT]);

    // what the transcript says of the replaced call is no success of the wrong command
    const fifth = await sandbox.runCommands(binary, [WRONG]);
    expect(linesOf(join(sandbox.project, 'built.txt'))).toBe(built + 2);
    expect(spoken(fifth)).toEqual([0, 1]);

    // one failure of the fix ends it
    writePackage(sandbox, 'exit 3');
    await sandbox.runCommands(binary, [WRONG]);
    await eventually(
      () => patternOf(sandbox)['action'],
      (now) => expect(now).toBe('warn'),
    );
  });
});

/** A project whose build says when it ran. */
function projectWithBuild(): Sandbox {
  const sandbox = new Sandbox();
  writePackage(sandbox, 'echo built >> built.txt');
  sandbox.install();
  return sandbox;
}

function writePackage(sandbox: Sandbox, build: string): void {
  writeFileSync(
    join(sandbox.project, 'package.json'),
    JSON.stringify({ name: 'sample', version: '1.0.0', scripts: { build, test: 'true' } }),
  );
}

/** How often the model had been spoken to before a call, by request. */
function spoken(session: ClientOutcome): readonly number[] {
  return mainRequests(session).map(({ told }) => told.match(SAID_BEFORE_A_CALL)?.length ?? 0);
}

/** What a request says to the model beyond the one before it. */
function toldAfter(session: ClientOutcome, index: number): string {
  const told = mainRequests(session)[index]?.told ?? '';
  return told.slice(told.search(SAID_BEFORE_A_CALL));
}

/** The result of the call before a request. */
function resultTold(session: ClientOutcome, index: number): string {
  const messages = mainRequests(session)[index]?.body['messages'];
  const contents = Array.isArray(messages)
    ? messages.filter(isJsonObject).flatMap((message) => message['content'])
    : [];
  const results = contents
    .flat()
    .filter((block): block is JsonObject => isJsonObject(block) && block['type'] === 'tool_result');
  return JSON.stringify(results.at(-1) ?? {});
}

function mainRequests(session: ClientOutcome): ClientOutcome['requests'] {
  return session.requests.filter(({ lane }) => lane === 'main');
}

/** How many calls of a session ran and failed, once everything is stored. */
async function failuresIn(sandbox: Sandbox, { sessionId }: ClientOutcome): Promise<number> {
  await eventually(() => sandbox.status(), expectSettled);
  return sandbox.events(sessionId, 'task.failed').length;
}

/** The one pattern that is known. */
function patternOf(sandbox: Sandbox): JsonObject {
  const listed: unknown = JSON.parse(sandbox.waymark('failures', 'list', '--json'));
  const patterns = Array.isArray(listed) ? listed : isJsonObject(listed) ? listed['patterns'] : [];
  const found = (Array.isArray(patterns) ? patterns : [])
    .filter(isJsonObject)
    .filter((pattern) => JSON.stringify(pattern).includes(WRONG));
  expect(found).toHaveLength(1);
  return found[0] ?? {};
}

/** Sets what is to be done, and waits until hooks can know it. */
async function setAction(sandbox: Sandbox, action: string): Promise<void> {
  const id = String(patternOf(sandbox)['id']);
  sandbox.waymark('failures', 'set', id, action);
  await eventually(
    () => viewsOf(sandbox),
    (views) => expect(views).toContain(`"action":"${action}"`),
  );
}

/** What hooks read of the one command that failed. */
function viewsOf(sandbox: Sandbox): string {
  const folder = sandbox.statePath('views/failures');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

function linesOf(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}
