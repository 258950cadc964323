import { describe, expect, it } from 'vitest';
import { callInspector } from '../../../../lib/features/security/call-inspector.ts';
import { redactTokens } from '../../../../lib/secrets/redact.ts';
import { secretKinds } from '../../../../lib/secrets/secret-kinds.ts';

const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

describe('secretKinds', () => {
  it.each([
    [`git clone https://u:${TOKEN}@example.com/r.git`, ['url-credentials']],
    ['curl -H "Authorization: Bearer abcDEF1234567890abcdef"', ['authorization']],
    ['curl -u admin:hunter2hunter2', ['user-password']],
    ['curl "https://example.com/?sig=abcdef0123456789abcdef"', ['signed-url']],
    ['export API_KEY=abcdef0123456789', ['named-value']],
    ['deploy --token abcdef0123456789', ['named-value']],
    [`echo ${TOKEN}`, ['token']],
    [`API_KEY=abcdef0123456789 echo ${TOKEN}`, ['named-value', 'token']],
    ['ls -la', []],
  ])('tells of %s what was taken out', (text, kinds) => {
    expect(secretKinds(redactTokens(text))).toEqual(kinds);
  });

  it('names a text that could not be checked', () => {
    expect(secretKinds('[redacted: not checked]')).toEqual(['not-checked']);
  });
});

describe('lookAtCalls', () => {
  it('looks no deeper than any program nests, and ends', () => {
    const nested: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const input = { deep: nested, command: `echo ${TOKEN}` };
    expect(callInspector.input('Bash', input)).toEqual({ secrets: ['command: token'] });
  });

  it('names the field of a secret, never the secret', () => {
    const note = callInspector.input('Write', {
      file_path: '/p/a.ts',
      content: `const key = '${TOKEN}';`,
    });
    expect(note).toEqual({ secrets: ['content: token'] });
  });

  it('looks behind the head of a command, at secrets and at risks', () => {
    const long = `echo ${'a '.repeat(400)}`;
    expect(callInspector.input('Bash', { command: `${long}; rm -rf /` })).toEqual({
      risks: ['delete-root'],
    });
    expect(callInspector.input('Bash', { command: `${long} ${TOKEN}` })).toEqual({
      secrets: ['command: token'],
    });
  });

  it('finds names of secrets in commands, but not in contents, which are code', () => {
    expect(callInspector.input('Bash', { command: 'PASSWORD=hunter2hunter2 ./run' })).toEqual({
      secrets: ['command: named-value'],
    });
    expect(
      callInspector.input('Write', { file_path: 'a', content: 'password = "hunter2hunter2"' }),
    ).toBeUndefined();
    expect(
      callInspector.input('MultiEdit', {
        file_path: 'a',
        edits: [{ old_string: 'x', new_string: TOKEN }],
      }),
    ).toEqual({ secrets: ['new_string: token'] });
  });

  it('takes neither a typed mark nor most calls for a secret', () => {
    expect(callInspector.input('Bash', { command: "grep -rn '[redacted]' lib" })).toBeUndefined();
    expect(callInspector.input('Bash', { command: 'rm -rf /' })).toBeUndefined();
    expect(callInspector.input('Read', { file_path: '/a' })).toBeUndefined();
  });

  it('reads reports of scanners, and nothing else', () => {
    expect(callInspector.result('found 0 vulnerabilities')).toMatchObject({ findings: 0 });
    expect(callInspector.result('12 passing')).toBeUndefined();
  });
});
