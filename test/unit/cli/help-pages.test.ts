import { describe, expect, it } from 'vitest';
import { findPageText } from '../../../lib/cli/help-page.ts';
import { createDescribedProgram, helpPages } from '../../../lib/cli/help-pages.ts';
import { loadCommand } from '../../../lib/cli/load-command.ts';
import { runCli } from '../../../lib/cli/run-cli.ts';

const pages = Object.entries(helpPages(await createDescribedProgram(loadCommand)));

/** What `waymark COMMAND --help` prints. Left out: there is no terminal. */
async function printedHelp(command: string, columns: number | undefined): Promise<string> {
  let out = '';
  const status = await runCli(
    [...command.split(' '), '--help'],
    {
      environment: {},
      stdout: { write: (text) => (out += text), isTTY: columns !== undefined, columns },
      stderr: { write: () => undefined },
      cwd: '/',
      clock: () => 0,
    },
    loadCommand,
  );
  expect(status).toBe(0);
  return out;
}

describe('the pages of help', () => {
  it('hold groups and what is in them', () => {
    expect(pages.length).toBeGreaterThan(40);
    expect(pages.map(([command]) => command)).toEqual(
      expect.arrayContaining(['status', 'dead', 'dead list', 'failures import']),
    );
  });

  it.each([undefined, 80, 100, 400])(
    'say the same as the command does at %s columns',
    async (at) => {
      for (const [command, page] of pages) {
        const text = findPageText(page, at);
        if (text !== undefined) expect(text).toBe(await printedHelp(command, at));
        else expect(at).toBeLessThan(page.fits);
      }
    },
  );

  it('have a text where there is no terminal', () => {
    expect(pages.filter(([, page]) => findPageText(page, undefined) === undefined)).toEqual([]);
  });

  it('leave to the command what is broken for a terminal that is too narrow', () => {
    expect(pages.some(([, page]) => findPageText(page, 60) === undefined)).toBe(true);
  });
});
