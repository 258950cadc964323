import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatEmptyList } from '../../../../lib/cli/text/empty-list-text.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const LIST = { what: 'sessions', elsewhere: 0, all: 'waymark sessions --any' };

describe('noneText', () => {
  const folder = () => stateFolderAt(tempFolder(), {}, []);

  it('names the folder that has none, how many there are elsewhere, and the command for those', () => {
    expect(formatEmptyList(folder(), { ...LIST, where: '/work/shop', elsewhere: 1_200 })).toBe(
      'None in /work/shop; 1,200 elsewhere: `waymark sessions --any`.',
    );
  });

  it('says that nothing matches a filter', () => {
    expect(formatEmptyList(folder(), { ...LIST, elsewhere: 3 })).toBe(
      'No sessions match; 3 in all: `waymark sessions --any`.',
    );
  });

  it('says how to install the hooks where none are installed', () => {
    expect(formatEmptyList(folder(), LIST)).toBe(
      'No sessions yet, and no hooks are installed. Install them: `waymark install`',
    );
  });

  it('says nothing of hooks where the store is that of a team', () => {
    const place = (filter: Readonly<Record<string, string>>) => ({
      ...folder(),
      team: { url: 'postgres://db.example/team', filter },
    });
    expect(formatEmptyList(place({}), LIST)).toBe('No sessions at the team.');
    expect(formatEmptyList(place({ person: 'ann', host: 'pc' }), LIST)).toBe(
      'No sessions at the team match --person ann --host pc.',
    );
  });

  it('says what is recorded from now on where hooks are installed', () => {
    const place = folder();
    mkdirSync(`${place.root}/install`, { recursive: true });
    writeFileSync(
      `${place.root}/install/user.json`,
      JSON.stringify({ file: '/home/user/.claude/settings.json' }),
    );
    expect(formatEmptyList(place, LIST)).toBe(
      'No sessions yet. Hooks are installed: new Claude Code sessions are recorded.',
    );
  });
});
