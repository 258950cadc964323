import { describe, expect, it } from 'vitest';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readCapturedNotes } from '../../../lib/ledger/captured-ids.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ONE = 'evt_20231114_221320_00000000000000aa';
const TWO = 'evt_20231114_221320_00000000000000bb';

describe('readCapturedNotes', () => {
  it('reads what the hooks of each session noted, and skips a half-written line', () => {
    const root = tempFolder();
    mkdirSync(`${root}/s1`);
    mkdirSync(`${root}/s2`);
    writeFileSync(`${root}/s1/captured`, `${ONE}\n${TWO.slice(0, 20)}`);
    writeFileSync(`${root}/s2/captured`, `garbage\n${TWO}\n`);
    writeFileSync(`${root}/s2/refused`, `${TWO}\n`);
    expect(readCapturedNotes(root)).toEqual([
      { sessionId: 's1', captured: [ONE], refused: [] },
      { sessionId: 's2', captured: [TWO], refused: [TWO] },
    ]);
  });

  it('is empty where nothing was ever captured', () => {
    expect(readCapturedNotes(`${tempFolder()}/throttle`)).toEqual([]);
  });
});
