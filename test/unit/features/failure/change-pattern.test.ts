import { describe, expect, it } from 'vitest';
import { knowledge } from './knowledge.ts';

const UNKNOWN = { error: 'Exit code 1\nnpm error Missing script: "tset"' };

function withFix() {
  const known = knowledge();
  known.call('failed', 'npm run tset', UNKNOWN);
  known.call('ok', 'npm run test');
  known.refresh();
  const pattern_id = known.patterns()[0]?.pattern.id ?? '';
  const change = (payload: Record<string, unknown>, at?: number): void => {
    known.apply(
      'learning.pattern_changed',
      { pattern_id, ...payload },
      at === undefined ? {} : { timestamp: new Date(at).toISOString() },
    );
    known.refresh();
  };
  return { known, pattern_id, change, first: () => known.patterns()[0]?.pattern };
}

describe('changePattern', () => {
  it('sets an action, mutes, and takes back', () => {
    const { known, change, first } = withFix();
    change({ action: 'deny' }, known.now + 1);
    expect([first()?.action, first()?.isSet, known.verdict('npm run tset')]).toEqual([
      'deny',
      true,
      'deny',
    ]);
    change({ action: 'mute' }, known.now + 2);
    expect([known.verdict('npm run tset'), known.needles()]).toEqual([undefined, []]);
    change({ action: 'default' }, known.now + 3);
    expect([first()?.action, first()?.isSet, known.verdict('npm run tset')]).toEqual([
      'warn',
      false,
      'warn',
    ]);
  });

  it('makes sure that what the user decided is looked for, however little is known of it', () => {
    const { known, change } = withFix();
    const confidence = () =>
      known.database.prepare('SELECT confidence FROM failure_needles').get()?.['confidence'];
    expect(confidence()).toBeLessThan(1);
    change({ action: 'deny' });
    expect(confidence()).toBe(1);
  });

  it('keeps the later decision, in either order', () => {
    const { known, change, first } = withFix();
    change({ action: 'mute' }, known.now + 2);
    change({ action: 'deny' }, known.now + 1);
    expect(first()?.action).toBe('mute');
  });

  it('replaces by the fix that it was set for, until that fails once', () => {
    const { known, change } = withFix();
    change({ action: 'auto-fix', fix: 'npm run test' });
    expect(known.verdict('npm run tset')).toBe('replace');
    known.call('failed', 'npm run test', {
      session: 's2',
      error: 'Exit code 1\nnpm error Missing script: "test"',
    });
    known.refresh();
    expect(known.verdict('npm run tset')).toBe('warn');
  });

  it('does not replace by a fix that was learned after it was set', () => {
    const { known, change } = withFix();
    change({ action: 'auto-fix', fix: 'npm run other' });
    expect(known.verdict('npm run tset')).toBe('warn');
  });

  it('keeps a confirmed fix before one that helped more often', () => {
    const { known, change, first } = withFix();
    change({ confirmed: 'npm run test' });
    for (const session of ['s2', 's3']) {
      known.call('failed', 'npm run tset', { ...UNKNOWN, session });
      known.call('ok', 'npm run tests', { session });
    }
    known.refresh();
    expect(first()?.fix?.text).toBe('npm run test');
  });

  it('forgets what was known, and begins anew with the next failure', () => {
    const { known, change } = withFix();
    change({ deleted: true });
    expect([known.patterns(), known.needles(), known.verdict('npm run tset')]).toEqual([
      [],
      [],
      undefined,
    ]);
    known.call('failed', 'npm run tset', { ...UNKNOWN, session: 's2' });
    known.refresh();
    expect(known.patterns()[0]?.pattern).toMatchObject({ count: 1, fix: null });
  });

  it.each([
    [{ pattern_id: '../../evil', action: 'deny' }, 'EVENT_INVALID'],
    [{ action: 'explode' }, 'EVENT_INVALID'],
    [{ format: 2, imported: {} }, 'KNOWLEDGE_TOO_NEW'],
    [{ format: 1, imported: { tool: 'Bash' } }, 'KNOWLEDGE_INVALID'],
    [{ imported: { tool: 'Bash' } }, 'KNOWLEDGE_INVALID'],
  ])('refuses %j', (payload, code) => {
    const { change } = withFix();
    expect(() => change(payload)).toThrow(expect.objectContaining({ code }));
  });
});
