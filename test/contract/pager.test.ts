import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../support/temp-folder.ts';

const WAYMARK = join(import.meta.dirname, '../../dist/waymark.cjs');
const MARKS = "sed 's/^/P:/'";

/** What a terminal of 12 lines shows for a command. `script` of util-linux makes the terminal. */
function onTerminal(args: string, environment: Readonly<Record<string, string>>): string {
  const command = `stty rows 12 cols 80; '${process.execPath}' '${WAYMARK}' ${args}; echo "[$?]"`;
  const { stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'] ?? '',
      TERM: 'xterm',
      WAYMARK_HOME: tempFolder(),
      ...environment,
    },
    input: '',
    timeout: 30_000,
  });
  if (error !== undefined) throw error;
  return stdout.replaceAll('\r', '');
}

describe.runIf(process.platform === 'linux')('long output on a terminal', () => {
  it.each([['docs'], ['config'], ['--help'], ['events --help'], ['schedule --json']])(
    'goes through PAGER: waymark %s',
    (args) => {
      const shown = onTerminal(args, { PAGER: MARKS });
      expect(shown).toMatch(/^P:/);
      expect(shown.match(/^P:/gm)?.length).toBeGreaterThan(10);
      expect(shown).toMatch(/\[0\]\n$/);
    },
  );

  it.each([
    ['dead', { PAGER: MARKS }],
    ['docs --no-pager', { PAGER: MARKS }],
    ['docs', { PAGER: MARKS, WAYMARK_PAGER: 'cat' }],
    ['docs | cat', { PAGER: MARKS }],
  ])('does not: waymark %s', (args, environment) => {
    expect(onTerminal(args, environment)).not.toContain('P:');
  });

  it('is shown without the pager when that is missing, which the shell says', () => {
    const shown = onTerminal('docs', { PAGER: 'no-such-pager' });
    expect(shown).toContain('no-such-pager');
    expect(shown).toContain('troubleshooting');
  });

  it('ends quietly and with the status of the command when the pager is left early', () => {
    expect(onTerminal('docs event-types', { PAGER: 'head -n 1' })).toMatch(/^.*Types.*\n\[0\]\n$/i);
    expect(onTerminal('docs nope', { PAGER: MARKS })).toMatch(
      /^Cannot find topic nope.*\n.*\n\[2\]\n$/,
    );
  });

  it('reaches less with the colours of ours', () => {
    expect(onTerminal('docs', { LESS: '', PAGER: 'printenv LESS' })).toMatch(/^\n\[0\]/);
    expect(onTerminal('docs', { PAGER: 'printenv LESS' })).toMatch(/^FRX\n\[0\]/);
    expect(onTerminal('docs', { PAGER: 'cat -v' })).toContain('^[[1mUse it^[[22m');
  });
});
