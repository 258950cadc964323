import { readdirSync, readFileSync } from 'node:fs';
import { WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-word.ts';

/** A page of `docs/` as its table of contents has it. */
export interface DocsTopic {
  /**
   * The path below `docs/` without `.md`: `installing`, `examples`,
   * `decisions/0001-directory-queue`.
   */
  readonly topic: string;
  readonly title: string;
  /** What the page answers; its title where the table of contents asks nothing. */
  readonly question: string;
  /** Heading in the table of contents. */
  readonly section: string;
}

const CONTENTS = 'README.md';
const LINK = /\[([^\]]+)\]\(([^)#\s]+)\.md(?:#[^)]*)?\)/g;

/** The topics in `docs/README.md`, in its order. @param docs The folder of the documentation. */
export function listTopics(docs: string): readonly DocsTopic[] {
  const found: DocsTopic[] = [];
  let section = '';
  for (const line of readFileSync(`${docs}/${CONTENTS}`, 'utf8').split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3).trim();
    const [, question = ''] = /^\| (.+?) \| /.exec(line) ?? [];
    const links = section === '' ? [] : [...line.matchAll(LINK)];
    for (const [index, [, title = '', path = '']] of links.entries()) {
      const topic = topicOf(path);
      const isNew = found.every((known) => known.topic !== topic);
      const asked = question !== '' && index === 0 ? question : capital(title);
      if (isNew && topic !== '') found.push({ topic, title, question: asked, section });
    }
  }
  return found;
}

/** A page as it is written. */
export interface DocsPage {
  readonly topic: string;
  readonly markdown: string;
}

/**
 * The page of a topic: by its name, or by a beginning that no other has.
 * @throws {@link WaymarkError} USAGE with the nearest topic.
 */
export function readTopic(docs: string, wanted: string): DocsPage {
  const listed = listTopics(docs).map(({ topic }) => topic);
  const word = topicOf(
    wanted
      .toLowerCase()
      .replace(/^docs\//, '')
      .replace(/\.md$/, ''),
  );
  const chosen = choose(word, listed) ?? choose(word, allTopics(docs));
  if (chosen !== undefined)
    return { topic: chosen, markdown: readFileSync(fileOf(docs, chosen), 'utf8') };
  throw new WaymarkError(
    'USAGE',
    `Cannot find topic ${wanted}: no such page${didYouMean(word, listed)}`,
    { remedy: '`waymark docs` lists the topics.' },
  );
}

/** @throws {@link WaymarkError} USAGE when several topics begin so. */
function choose(word: string, topics: readonly string[]): string | undefined {
  if (topics.includes(word)) return word;
  const found = topics.filter(
    (topic) => topic.startsWith(word) || lastPart(topic).startsWith(word),
  );
  if (word === '' || found.length < 2) return word === '' ? undefined : found[0];
  throw new WaymarkError(
    'USAGE',
    `Cannot choose a topic: ${word} may be ${found.slice(0, 8).join(', ')}`,
    { remedy: '`waymark docs` lists the topics.' },
  );
}

/** Also pages that the table of contents does not name, such as decisions. */
function allTopics(docs: string): readonly string[] {
  return readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && name !== CONTENTS)
    .map((name) => topicOf(name.replaceAll('\\', '/').slice(0, -3)));
}

function topicOf(path: string): string {
  return path
    .replace(/^\.\.\//, '')
    .replace(/\/README$/i, '')
    .toLowerCase();
}

function lastPart(topic: string): string {
  return topic.slice(topic.lastIndexOf('/') + 1);
}

/** `contributing` is beside `docs/`, `examples` is a folder in it. */
function fileOf(docs: string, topic: string): string {
  for (const file of [`${topic}.md`, `${topic}/README.md`, `../${topic.toUpperCase()}.md`])
    if (hasFile(docs, file)) return `${docs}/${file}`;
  return `${docs}/${topic}.md`;
}

function hasFile(docs: string, path: string): boolean {
  try {
    readFileSync(`${docs}/${path}`);
    return true;
  } catch {
    return false;
  }
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
