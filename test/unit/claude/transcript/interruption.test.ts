import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { interruptedAt } from '../../../../lib/claude/transcript/interruption.ts';
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

describe('interruptedAt', () => {
  it('returns when the user stopped the last turn, in either form of the text', () => {
    const at = Date.parse(AT);
    expect(interruptedAt(transcript(user('do it'), STOPPED))).toBe(at);
    const block = [{ type: 'text', text: '[Request interrupted by user for tool use]' }];
    expect(interruptedAt(transcript(user(block)))).toBe(at);
  });

  it('looks past lines that are no part of the main conversation', () => {
    const agent = { type: 'assistant', isSidechain: true, message: { content: [] } };
    const lines = [STOPPED, agent, { type: 'system', subtype: 'notice' }, '{"type":"us'];
    expect(interruptedAt(transcript(...lines))).toBe(Date.parse(AT));
  });

  it('returns nothing when the conversation went on', () => {
    expect(interruptedAt(transcript(STOPPED, user('go on')))).toBeUndefined();
    const answer = { type: 'assistant', timestamp: AT, message: { content: [] } };
    expect(interruptedAt(transcript(STOPPED, answer))).toBeUndefined();
    const result = [{ type: 'tool_result', content: '[Request interrupted by user]' }];
    expect(interruptedAt(transcript(user(result)))).toBeUndefined();
  });

  it('returns nothing for what is no transcript, and does not wait for a pipe', () => {
    expect(interruptedAt('/nowhere/at/all.jsonl')).toBeUndefined();
    expect(interruptedAt(tempFolder())).toBeUndefined();
    expect(interruptedAt(transcript('', 'null', '"type":"user"'))).toBeUndefined();
    const pipe = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(interruptedAt(pipe)).toBeUndefined();
  });
});
