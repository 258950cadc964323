import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

export interface Link {
  readonly page: string;
  readonly target: string;
}

/** Paths of all Markdown pages of the repository. */
export function pages(): readonly string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
    {
      encoding: 'utf8',
    },
  );
  return listed.split('\n').filter((path) => path !== '' && existsSync(path));
}

/** Fenced blocks of a page, with the indentation of their fence removed. */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^( *)```(\S*)\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const [, indent = '', language = '', body = ''] = match;
    return {
      page,
      line: text.slice(0, match.index).split('\n').length,
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    };
  });
}

/**
 * What a reader pastes from a block: of `console` the lines behind `$ `, of `sh` and `bash` all of
 * it. Nothing of any other language, nor of a script that the page shows as a file (`#!`).
 */
export function commandsOf({ language, text }: Block): string {
  if (text.startsWith('#!')) return '';
  if (language === 'sh' || language === 'bash') return text;
  if (language !== 'console') return '';
  const lines = text.split('\n').filter((line) => line.startsWith('$ '));
  return lines.map((line) => line.slice(2)).join('\n');
}

/** Links of a page to files and headings of the repository. */
export function linksOf(page: string): readonly Link[] {
  const prose = readFileSync(page, 'utf8')
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** The file that a link names, relative to the repository. */
export function fileOf({ page, target }: Link): string {
  const path = target.split('#')[0] ?? '';
  return path === '' ? page : normalize(join(dirname(page), path));
}

/**
 * The heading that a link names, as the web page of a repository makes it; `undefined` for none.
 */
export function anchorOf({ target }: Link): string | undefined {
  return target.split('#')[1];
}

/** Anchors of the headings of a page. */
export function anchorsIn(page: string): readonly string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}
