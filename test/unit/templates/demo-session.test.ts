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

const SESSION = read('demo-session.jsonl');
const TRANSCRIPTS = ['demo-transcript.jsonl', 'demo-transcript-agent.jsonl'].map(read);
const STEPS = linesOf(SESSION);

describe('the demo session', () => {
  it('has only payloads of events that the manifest wires, each under its own name', () => {
    const wired = HOOKS.map((hook) => hook.event);
    for (const { event, input } of STEPS) {
      expect(wired).toContain(event);
      expect(input).toMatchObject({
        hook_event_name: event,
        session_id: '$' + '{SESSION}',
        transcript_path: '$' + '{TRANSCRIPT}',
      });
    }
  });

  it('begins, fails once, compacts and ends', () => {
    const events = STEPS.map((step) => step['event']);
    expect(events[0]).toBe('SessionStart');
    expect(events.filter((event) => event === 'PostToolUseFailure')).toHaveLength(1);
    expect(events).toContain('PreCompact');
    expect(events.at(-1)).toBe('SessionEnd');
  });

  it('has transcripts that hold the result of each of its calls', () => {
    const ids = STEPS.filter((step) => /^PostToolUse/.test(String(step['event']))).map(
      (step) => stringField(objectField(step, 'input'), 'tool_use_id') ?? 'none',
    );
    for (const id of ids)
      expect(TRANSCRIPTS.some((text) => text.includes(`"tool_use_id":"${id}"`))).toBe(true);
  });

  it('has transcripts below 200 kB whose lines can be shifted in time', () => {
    for (const text of TRANSCRIPTS) {
      expect(text.length).toBeLessThan(200_000);
      for (const line of linesOf(text))
        expect(Date.parse(stringField(line, 'timestamp') ?? '')).not.toBeNaN();
    }
  });

  it('names no place on any machine', () => {
    for (const text of [SESSION, ...TRANSCRIPTS])
      expect(text).not.toMatch(/\/(?:tmp|home|root|Users|work)\//);
  });
});
