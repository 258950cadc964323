import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { saveLiterals } from '../../../lib/features/failure/table-patterns.ts';
import { areSessionNeedlesWritten, writeNeedles } from '../../../lib/worker/needle-file.ts';
import { contextHome } from '../features/context/context-home.ts';

describe('writeNeedles', () => {
  it('writes the needles of contexts and of failures, and an empty file when there are none', () => {
    const home = contextHome();
    const file = `${home.folder.views}/failures/needles`;
    writeNeedles(home.database, home);
    expect(readFileSync(file, 'utf8')).toBe('');
    saveLiterals(home.database, 'a', { literals: '[["tset"]]', confidence: 1, fadesAt: null });
    home.event('session.started');
    home.answer(172_000);
    home.refresh();
    expect(areSessionNeedlesWritten(home.database, home)).toBe(false);
    writeNeedles(home.database, home);
    expect(readFileSync(file, 'utf8')).toBe('"session_id":"s1"\ntset\n');
    expect(areSessionNeedlesWritten(home.database, home)).toBe(true);
    home.event('session.ended');
    expect(areSessionNeedlesWritten(home.database, home)).toBe(false);
  });

  it('treats a missing file as empty', () => {
    const home = contextHome();
    expect(areSessionNeedlesWritten(home.database, home)).toBe(true);
  });
});
