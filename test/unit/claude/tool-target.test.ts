import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactHead, TARGET_LIMIT, describeToolTarget } from '../../../lib/claude/tool-target.ts';
import { REDACTED } from '../../../lib/secrets/redact.ts';
import { SECRETS } from '../../fixtures/secrets/corpus.ts';

const SECRET = `ghp_${'a1B2'.repeat(9)}`;

describe('toolTarget', () => {
  it.each([
    ['Bash', { command: 'ls -la', description: 'x' }, 'ls -la'],
    ['Edit', { file_path: '/a/b.ts', old_string: 'secret text', new_string: 'other' }, '/a/b.ts'],
    ['Write', { file_path: '/a/b.ts', content: 'secret text' }, '/a/b.ts'],
    ['NotebookEdit', { notebook_path: '/a/b.ipynb', new_source: 'x' }, '/a/b.ipynb'],
    ['Agent', { subagent_type: 'explore', description: 'Look', prompt: 'long' }, 'explore: Look'],
    ['Task', { description: 'Look', prompt: 'long' }, 'Look'],
    ['Agent', { subagent_type: 'explore' }, 'explore: '],
    ['Glob', { path: '/a', pattern: '*' }, '/a'],
    ['Grep', { pattern: 'x' }, 'x'],
    [
      'WebFetch',
      { url: 'https://u:p4ss@x.example', prompt: 'x' },
      `https://${REDACTED}:${REDACTED}@x.example`,
    ],
    ['Bash', {}, ''],
    ['mcp__a__b', { content: 'text' }, ''],
    [
      'Bash',
      { command: `curl -H "Authorization: Bearer ${SECRET}"` },
      `curl -H "Authorization: Bearer ${REDACTED}"`,
    ],
    [
      'Bash',
      { command: `export DB_PASSWORD=hunter2 && ./start` },
      `export DB_PASSWORD=${REDACTED} && ./start`,
    ],
  ])('of %s with %j is %j', (tool, input, target) => {
    expect(describeToolTarget(tool, input)).toBe(target);
  });

  it('has at most its limit', () => {
    for (const length of [499, 500, 501, 5_000])
      expect(describeToolTarget('Bash', { command: 'x'.repeat(length) })).toHaveLength(
        Math.min(length, TARGET_LIMIT),
      );
  });
});

describe('redactedHead', () => {
  it('leaves no piece of a secret that the end of what was looked at cuts', () => {
    const long = `password=${'x'.repeat(380)} `;
    for (let start = 0; start < 40; start += 1) {
      const text = `${long}${'-'.repeat(start)} ${SECRET} and more words`;
      expect(redactHead(text, 100)).not.toMatch(/ghp/);
    }
  });

  it('leaves no piece of a known secret, wherever it is', () => {
    const samples = SECRETS.filter((sample) => sample.secret.length >= 12);
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.nat(700),
        fc.boolean(),
        ({ text, secret }, before, isSecretBefore) => {
          const start = isSecretBefore
            ? `ghp_${'a1B2'.repeat(before)} `
            : 'word '.repeat(before / 5);
          const head = redactHead(`${start}${text} tail`, 100);
          expect(head).not.toContain(secret);
          expect(head.length).toBeLessThanOrEqual(100);
        },
      ),
    );
  });

  it('keeps the mark of what was taken out', () => {
    expect(redactHead(`x ${SECRET.repeat(100)}`, 100)).toBe(`x ${REDACTED}…`);
  });
});
