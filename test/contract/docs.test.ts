import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJsonObject } from '../../lib/core/json.ts';
import { anchorOf, anchorsIn, blocksOf, fileOf, linksOf, pages } from './docs-text.ts';

const PAGES = pages();
const BLOCKS = PAGES.flatMap((page) => blocksOf(page));
const LINKS = PAGES.flatMap((page) => linksOf(page));

/** Languages of fenced blocks. Commands are run by docs-commands.test.ts. */
const LANGUAGES = [
  'sh',
  'bash',
  'console',
  'text',
  'json',
  'jsonc',
  'ts',
  'js',
  'python',
  'yaml',
  'sql',
];

describe('the pages', () => {
  it('link to files and headings that exist', () => {
    const broken = LINKS.filter((link) => {
      const file = fileOf(link);
      const anchor = anchorOf(link);
      if (!existsSync(file)) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsIn(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('of the package link to nothing that the package leaves out', () => {
    const shipped = shippedPaths();
    const isShipped = (path: string): boolean =>
      shipped.some((one) => path === one || path.startsWith(`${one}/`));
    const lost = LINKS.filter(({ page }) => isShipped(page)).filter(
      (link) => !isShipped(fileOf(link)),
    );
    expect(lost).toEqual([]);
  });

  it('say of each block in which language it is', () => {
    const unknown = BLOCKS.filter(({ language }) => !LANGUAGES.includes(language));
    expect(unknown.map(({ page, line, language }) => `${page}:${line} ${language}`)).toEqual([]);
  });

  it('hold JSON that parses', () => {
    const broken = BLOCKS.filter(({ language, text }) => language === 'json' && !parses(text));
    expect(broken.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  });

  it('are decisions with a number of their own each', () => {
    const numbers = PAGES.flatMap((page) => /decisions\/(\d{4})-/.exec(page)?.[1] ?? []);
    expect(numbers.length).toBeGreaterThan(60);
    expect(numbers.filter((number, at) => numbers.indexOf(number) !== at)).toEqual([]);
  });

  it('are all reachable from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      for (const link of linksOf(page)) {
        const file = fileOf(link);
        if (file.endsWith('.md') && existsSync(file)) reached.add(file);
      }
    const own = PAGES.filter((page) => page.startsWith('docs/') && !page.includes('decisions/'));
    expect(own.filter((page) => !reached.has(page))).toEqual([]);
  });
});

/** Files and folders of the packed package, as package.json names them. */
function shippedPaths(): readonly string[] {
  const files = parseJsonObject(readFileSync('package.json', 'utf8'))?.['files'];
  if (!Array.isArray(files)) throw new Error('Cannot read package.json: it has no files');
  return [...files.map(String), 'README.md', 'LICENSE', 'package.json'];
}

function parses(text: string): boolean {
  try {
    JSON.parse(text.trim().startsWith('"') ? `{${text}}` : text);
    return true;
  } catch {
    return false;
  }
}
