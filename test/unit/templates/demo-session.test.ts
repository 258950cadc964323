import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../../lib/core/json.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';

const read = (name: string): string => readFileSync(`templates/${name}`, 'utf8');
const linesOf = (text: string): readonly JsonObject[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => parseJsonObject(line) ?? {});

const SESSIONS = ['first', 'second'].map((name) => ({
  name,
  payloads: read(`demo/${name}-payloads.jsonl`),
  transcript: read(`demo/${name}-transcript.jsonl`),
}));

/** The payloads of an event, with the command that they are about. */
const commandsOf = (event: string, payloads: string): readonly unknown[] =>
  linesOf(payloads)
    .filter((step) => step['event'] === event)
    .map((step) => objectField(objectField(step, 'input'), 'tool_input')['command'])
    .filter((command) => command !== undefined);

describe.each(SESSIONS)('the $name session of the demo', ({ payloads, transcript }) => {
  const steps = linesOf(payloads);

  it('has only payloads of events that the manifest wires, each under its own name', () => {
    const wired = HOOKS.map((hook) => hook.event);
    for (const { event, input } of steps) {
      expect(wired).toContain(event);
      expect(input).toMatchObject({
        hook_event_name: event,
        session_id: '$' + '{SESSION}',
        transcript_path: '$' + '{TRANSCRIPT}',
      });
    }
  });

  it('begins, fails once with the same command, finds the same way out, and ends', () => {
    expect(steps[0]?.['event']).toBe('SessionStart');
    expect(commandsOf('PostToolUseFailure', payloads)).toEqual(['npm run test:unit']);
    expect(commandsOf('PostToolUse', payloads)).toEqual(['npm test']);
    expect(steps.at(-1)?.['event']).toBe('SessionEnd');
  });

  it('has a transcript that holds the result of each of its calls', () => {
    const ids = steps
      .filter((step) => /^PostToolUse/.test(String(step['event'])))
      .map((step) => stringField(objectField(step, 'input'), 'tool_use_id') ?? 'none');
    expect(ids.length).toBeGreaterThan(2);
    for (const id of ids) expect(transcript).toContain(`"tool_use_id":"${id}"`);
  });

  it('has a transcript below 50 kB whose lines can be shifted in time', () => {
    expect(transcript.length).toBeLessThan(50_000);
    for (const line of linesOf(transcript))
      expect(Date.parse(stringField(line, 'timestamp') ?? '')).not.toBeNaN();
  });

  it('names no place on any machine', () => {
    expect(payloads + transcript).not.toMatch(/\/(?:tmp|home|root|Users|work)\//);
  });
});

describe('the second session of the demo', () => {
  it('fills its context to more than 85 % of 200,000 tokens, and is compacted after that', () => {
    const { payloads, transcript } = SESSIONS[1] ?? { payloads: '', transcript: '' };
    expect(transcript).toContain('"cache_read_input_tokens":170000');
    const sources = linesOf(payloads).map((step) => objectField(step, 'input')['source']);
    expect(sources).toContain('compact');
  });
});
