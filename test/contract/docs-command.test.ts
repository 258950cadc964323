import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../lib/cli/text/display-width.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { listTopics } from '../../lib/query/docs-pages.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runCommand } from '../unit/cli/run-command.ts';

const TOPICS = listTopics('docs').map(({ topic }) => topic);

function docs(...args: readonly string[]) {
  return runCommand(stateFolderAt(tempFolder(), {}), ['docs', ...args], { columns: 80 });
}

describe('waymark docs', () => {
  it('lists every page of docs/ that is for readers', async () => {
    const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
    const wanted = pages.map((name) => name.slice(0, -3)).filter((name) => name !== 'README');
    expect(TOPICS).toEqual(expect.arrayContaining([...wanted, 'examples', 'contributing']));
    const { out } = await docs();
    for (const topic of TOPICS) expect(out).toMatch(new RegExp(`^  ${topic} +\\S`, 'm'));
    expect(out.split('\n').filter((line) => displayWidth(line) > 80)).toEqual([]);
  });

  it.each(TOPICS)('shows %s as plain text that fits 80 columns', async (topic) => {
    const { status, out, err } = await docs(topic);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const prose = out.split('\n').filter((line) => !/^ {4,}\S/.test(line)); // code keeps its lines
    expect(prose.filter((line) => displayWidth(line) > 80)).toEqual([]);
    expect(prose.join('\n').replace(/`[^`]*`/g, '')).not.toMatch(/\]\(|\*\*|^#+ |^\||^```/m);
  });

  it('takes a page that the contents do not name', async () => {
    expect((await docs('decisions/0031')).out).toContain('A SMALL ENTRY');
    expect((await docs('0031')).out).toBe((await docs('decisions/0031')).out);
    expect((await docs('docs/faq.md', '--json')).out).toBe(
      `${JSON.stringify({ topic: 'faq', markdown: readFileSync('docs/faq.md', 'utf8') }, null, 2)}\n`,
    );
  });
});
