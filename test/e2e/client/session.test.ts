import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { objectField } from '../../../lib/core/json.ts';
import { recordedPayloads, recorderSettings } from '../../support/claude-client/recorder.ts';
import type { ClientOutcome } from '../../support/claude-client/run-client.ts';
import type { Script } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { processesOf } from './processes-of.ts';
import { expectRecord, expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';
import { everyKindOfCall, fewMoreCalls, together } from './scenario.ts';

/**
 * What the client writes around the words of a hook before it gives them to the model, and our own
 * name.
 */
const WORDS_OF_A_HOOK = /hook (?:additional context|success|error|blocking error|stopped)|waymark/i;

/**
 * Autostart tries once in ten seconds: the script pauses longer before the hook that is to start a
 * new worker.
 */
const PAUSE_AFTER_KILL_MS = 11_000;

describe.each(installedClients())('under the real client %s', (_version, binary) => {
  it('stores every operation of a session once, with its outcome, and says nothing to the model', async () => {
    const sandbox = new Sandbox();
    sandbox.install();
    const scenario = everyKindOfCall(sandbox.project);
    const session = await sandbox.client({
      binary,
      prompt: 'Write the story',
      script: scenario.script,
    });
    expectFinished(session);
    expect(session.requests.map((request) => request.told).join('\n')).not.toMatch(WORDS_OF_A_HOOK);
    await expectRecord(sandbox, session.sessionId, scenario);
  });

  it('goes on with the same session after --resume', async () => {
    const sandbox = new Sandbox();
    sandbox.install();
    const [begun, resumed] = [everyKindOfCall(sandbox.project), fewMoreCalls(sandbox.project)];
    const first = await sandbox.client({ binary, prompt: 'Write the story', script: begun.script });
    const second = await sandbox.client({
      binary,
      prompt: 'Go on',
      script: resumed.script,
      args: ['--resume', first.sessionId],
    });
    expectFinished(second);
    expect(second.sessionId).toBe(first.sessionId);
    await expectRecord(sandbox, first.sessionId, together(begun, resumed));
    expect(objectField(sandbox.status(), 'sessions')['total']).toBe(1);
  });

  it('loses and doubles nothing when the worker is killed half-way, since a hook starts a new one', async () => {
    const sandbox = new Sandbox();
    sandbox.install();
    const scenario = everyKindOfCall(sandbox.project);
    const killed: number[] = [];
    let results = 0;
    const session = await sandbox.client({
      binary,
      prompt: 'Write the story',
      script: pausedAt(scenario.script, 4),
      onEvent: (event) => {
        if (event['type'] !== 'user' || ++results !== 4) return;
        for (const pid of sandbox.workerPids()) {
          process.kill(pid, 'SIGKILL');
          killed.push(pid);
        }
      },
    });
    expectFinished(session);
    expect(killed).toHaveLength(1);
    await expectRecord(sandbox, session.sessionId, scenario);
    await eventually(
      () => sandbox.workerPids().filter((pid) => !killed.includes(pid)),
      (successors) => expect(successors).toHaveLength(1),
    );
  });

  it('lets the hooks of other people run, and gives their settings back byte for byte', async () => {
    const sandbox = new Sandbox();
    const theirs = settingsOfOthers(sandbox.root);
    writeFileSync(sandbox.settingsFile, theirs);
    sandbox.install();
    expect(readFileSync(sandbox.settingsFile, 'utf8')).not.toBe(theirs);
    const scenario = fewMoreCalls(sandbox.project);
    const session = await sandbox.client({ binary, prompt: 'Go on', script: scenario.script });
    expectFinished(session);
    await expectRecord(sandbox, session.sessionId, scenario);
    expect(recordedPayloads(sandbox.root).map((payload) => payload.event)).toEqual(['PostToolUse']);
    expect(session.requests[0]?.told).toMatch(/hook success: spoken by another toolkit/);
    sandbox.install('--uninstall');
    expect(readFileSync(sandbox.settingsFile, 'utf8')).toBe(theirs);
  });

  it('leaves no process behind, and captures nothing once it is uninstalled', async () => {
    const sandbox = new Sandbox();
    sandbox.install();
    const scenario = fewMoreCalls(sandbox.project);
    const run = { binary, prompt: 'Go on', script: scenario.script };
    const session = await sandbox.client(run);
    await eventually(() => sandbox.status(), expectSettled);
    const { captured } = objectField(sandbox.status(), 'ledger');
    sandbox.waymark('worker', 'stop');
    sandbox.install('--uninstall');
    expectFinished(await sandbox.client({ ...run, args: ['--resume', session.sessionId] }));
    expect(objectField(sandbox.status(), 'ledger')['captured']).toBe(captured);
    expect(sandbox.counted(session.sessionId)).toBe(scenario.ran);
    await eventually(
      () => processesOf(sandbox.root),
      (left) => expect(left).toEqual([]),
    );
  });
});

function expectFinished(session: ClientOutcome): void {
  expect(session).toMatchObject({ exitCode: 0, timedOut: false });
  expect(session.result).toMatchObject({ is_error: false });
}

/** The script with a pause before the turn at `index`. */
function pausedAt(script: Script, index: number): Script {
  return {
    ...script,
    turns: script.turns.map((turn, at) =>
      at === index ? { ...turn, delayMs: PAUSE_AFTER_KILL_MS } : turn,
    ),
  };
}

/**
 * Settings as people write them by hand: tabs, an unknown key, a hook that records and one that
 * speaks.
 */
function settingsOfOthers(root: string): string {
  const recorder = JSON.stringify(
    objectField(recorderSettings(root, ['PostToolUse']), 'hooks')['PostToolUse'],
  );
  const speaker =
    '[ { "hooks": [ { "type": "command", "command": "echo spoken by another toolkit" } ] } ]';
  return `{\n\t"model": "sonnet",\n\t"someOtherTool": {"keep":   true},\n\t"hooks": {\n\t\t"PostToolUse": ${recorder},\n\t\t"UserPromptSubmit": ${speaker}\n\t}\n}\n`;
}
