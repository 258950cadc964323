import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConversationEnd } from '../../../../lib/claude/transcript/conversation-end.ts';
import type { JsonObject } from '../../../../lib/core/json.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const AT = '2026-11-22T10:00:00.000Z';
const STOPPED = user('[Request interrupted by user]');

function user(content: unknown, own: JsonObject = {}): JsonObject {
  return { type: 'user', timestamp: AT, message: { role: 'user', content }, ...own };
}

function transcript(...lines: ReadonlyArray<JsonObject | string>): string {
  const path = join(tempFolder(), 's1.jsonl');
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(path, texts.join('\n'));
  return path;
}

function answer(...content: readonly JsonObject[]): JsonObject {
  return { type: 'assistant', timestamp: AT, message: { role: 'assistant', content } };
}

function system(subtype: string, content: string): JsonObject {
  return { type: 'system', subtype, content, timestamp: AT };
}

function later(seconds: number, line: JsonObject): JsonObject {
  return { ...line, timestamp: new Date(Date.parse(AT) + seconds * 1_000).toISOString() };
}

/** How the conversation of these lines ends. */
function endOf(...lines: ReadonlyArray<JsonObject | string>): string {
  return readConversationEnd(transcript(...lines)).kind;
}

const RESULT = user([{ type: 'tool_result', content: '[Request interrupted by user]' }]);

describe('readConversationEnd', () => {
  it('says when the user stopped the last turn, in either form of the text', () => {
    const whole = { kind: 'interrupted', at: Date.parse(AT), commandAt: 0 };
    expect(readConversationEnd(transcript(later(-1, user('do it')), STOPPED))).toEqual(whole);
    const block = [{ type: 'text', text: '[Request interrupted by user for tool use]' }];
    expect(readConversationEnd(transcript(user(block)))).toEqual(whole);
  });

  it('looks past lines that are no part of the main conversation', () => {
    const agent = later(1, { ...answer(), isSidechain: true });
    const command = later(1, user('<command-name>/model</command-name>'));
    const caveat = later(1, user('<local-command-caveat>…', { isMeta: true }));
    const lines = [STOPPED, agent, later(1, system('notice', '')), command, caveat, '{"type":"us'];
    expect(endOf(...lines)).toBe('interrupted');
  });

  it('sees that the conversation went on', () => {
    expect(endOf(STOPPED, later(1, user('go on')))).toBe('other');
    expect(endOf(STOPPED, later(1, answer()))).toBe('other');
    expect(endOf(STOPPED, later(1, RESULT))).toBe('answered');
  });

  it('goes by the times of the lines, which may be written in another order', () => {
    expect(endOf(later(2, STOPPED), later(1, answer({ type: 'text', text: 'Well' })))).toBe(
      'interrupted',
    );
  });

  it('sees that a hook refused the prompt, or the end of the turn', () => {
    const refused = 'UserPromptSubmit operation blocked by hook:\n[check]: no';
    expect(endOf(answer(), later(1, system('informational', refused)))).toBe('blocked');
    const stopped = 'Operation stopped by hook: not this';
    expect(endOf(answer(), later(1, user(stopped)))).toBe('blocked');
    const feedback = user('Stop hook feedback:\n[check]: go on', { isMeta: true });
    expect(endOf(answer(), later(1, feedback))).toBe('continued');
  });

  it('sees what Claude asks by a tool', () => {
    const question = { type: 'tool_use', name: 'AskUserQuestion' };
    const input = { questions: [{ question: 'Which way?' }, { question: 'And then?' }] };
    const asked = readConversationEnd(transcript(answer({ ...question, input })));
    expect(asked).toMatchObject({ kind: 'question', text: 'Which way?' });
    expect(endOf(answer({ ...question, input: { questions: 'none' } }))).toBe('question');
    expect(endOf(answer({ type: 'tool_use', name: 'ExitPlanMode', input: {} }))).toBe('plan');
    expect(endOf(answer({ ...question, input }), later(1, RESULT))).toBe('answered');
  });

  it('cuts and cleans what Claude asks', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const questions = [{ question: `Use ${token}? ${'x'.repeat(10_000)}` }];
    const block = { type: 'tool_use', name: 'AskUserQuestion', input: { questions } };
    const { text = '' } = readConversationEnd(transcript(answer(block)));
    expect(text).not.toContain(token);
    expect(text.length).toBeLessThanOrEqual(200);
  });

  it('says when a command of the client was stopped or had its answer', () => {
    const caveat = later(3, user('<local-command-caveat>Caveat: …', { isMeta: true }));
    expect(readConversationEnd(transcript(STOPPED, caveat)).commandAt).toBe(Date.parse(AT) + 3_000);
    const output = later(5, system('local_command', '<local-command-stdout>Not enough'));
    const end = readConversationEnd(transcript(STOPPED, output));
    expect(end).toEqual({
      ...{ kind: 'interrupted', at: Date.parse(AT), commandAt: Date.parse(AT) + 5_000 },
    });
  });

  it('finds nothing in what is no transcript, and does not wait for a pipe', () => {
    const nothing = { kind: 'other', at: 0, commandAt: 0 };
    expect(readConversationEnd('/nowhere/at/all.jsonl')).toEqual(nothing);
    expect(readConversationEnd(tempFolder())).toEqual(nothing);
    expect(readConversationEnd(transcript('', 'null', '"type":"user"'))).toEqual(nothing);
    const pipe = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(readConversationEnd(pipe)).toEqual(nothing);
  });
});
