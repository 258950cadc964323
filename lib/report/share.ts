import { plural } from '../core/units.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import type { CallResult, ConversationEntry } from '../query/conversation/entry.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';

/** Whose machine it is. */
export interface Owner {
  readonly home: string;
  readonly user: string;
  readonly host: string;
}

/** What was taken out of a session, and how often. */
export type RemovedCounts = Map<
  'homes' | 'users' | 'hosts' | 'mails' | 'pictures' | 'blocks',
  number
>;

/**
 * The conversation without what tells people and machines apart; `taken` counts while it is read.
 */
export function maskConversation(
  conversation: Conversation,
  owner: Owner,
  taken: RemovedCounts,
): Conversation {
  const mask = masker(owner, conversation, taken);
  const { session } = conversation;
  return {
    ...conversation,
    title: conversation.title === null ? null : mask(conversation.title),
    session: {
      ...session,
      project: session.project === null ? null : mask(session.project),
      worktree: session.worktree === null ? null : mask(session.worktree),
      lastPrompt: session.lastPrompt === null ? null : mask(session.lastPrompt),
    },
    *entries() {
      for (const entry of conversation.entries()) yield maskedEntry(entry, mask, taken);
    },
  };
}

/** What was taken out, one line each; a line of its own when nothing was. */
export function formatRemovals(taken: RemovedCounts): readonly string[] {
  const words = {
    homes: ['home folder', 'home folders'],
    users: ['name of a user', 'names of users'],
    hosts: ['host', 'hosts'],
    mails: ['mail address', 'mail addresses'],
    pictures: ['picture', 'pictures'],
    blocks: ['unknown block', 'unknown blocks'],
  } as const;
  const lines = [...taken].map(([kind, count]) => {
    const [one, many] = words[kind];
    return plural(count, one, many);
  });
  return lines.length === 0 ? ['nothing'] : lines;
}

type Mask = (text: string) => string;

function maskedEntry(
  entry: ConversationEntry,
  mask: Mask,
  taken: RemovedCounts,
): ConversationEntry {
  switch (entry.kind) {
    case 'call': {
      const { target, input, diff, result, fix } = entry;
      return {
        ...entry,
        target: mask(target),
        input: maskedObject(input, mask),
        diff: diff.map(({ sign, text }) => ({ sign, text: mask(text) })),
        result: result === undefined ? undefined : maskedResult(result, mask),
        fix: fix === undefined ? undefined : mask(fix),
      };
    }
    case 'late-result':
      return { ...entry, result: maskedResult(entry.result, mask) };
    case 'image': {
      count(taken, 'pictures');
      const { picture: _picture, ...stub } = entry;
      return { ...stub, what: 'picture, left out' };
    }
    case 'unknown':
      count(taken, 'blocks');
      return { ...entry, what: 'block, left out' };
    case 'prompt':
    case 'answer':
    case 'thought':
    case 'told':
    case 'note':
      return { ...entry, text: mask(entry.text) };
    default:
      return entry;
  }
}

function maskedResult(result: CallResult, mask: Mask): CallResult {
  return { ...result, text: mask(result.text) };
}

function maskedObject(object: JsonObject, mask: Mask): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [mask(key), maskedValue(value, mask)]),
  );
}

function maskedValue(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item: unknown) => maskedValue(item, mask));
  return isJsonObject(value) ? maskedObject(value, mask) : value;
}

function count(taken: RemovedCounts, kind: Parameters<RemovedCounts['set']>[0]): void {
  taken.set(kind, (taken.get(kind) ?? 0) + 1);
}

/** Well-known hosts: hiding them makes a page say less and protects no one. */
const PUBLIC_HOST =
  /^(?:localhost|(?:[\w-]+\.)*(?:example\.(?:com|org|net)|github\.com|githubusercontent\.com|gitlab\.com|npmjs\.(?:com|org)|nodejs\.org|pypi\.org|python\.org|crates\.io|docs\.rs|debian\.org|ubuntu\.com|mozilla\.org|w3\.org|anthropic\.com|claude\.(?:ai|com)))$/i;

const MAIL =
  /[\w.+-]{1,64}@(?:[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}\.[A-Za-z]{2,24}(?![\w-])|[A-Za-z][\w-]{0,62}(?=:))/g;
const URL_HOST =
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)(?:[^\s/@"'<>]{1,200}@)?([^\s/:"'<>?#)\]]{1,253})/gi;
const ADDRESS = /(?<![\d.])(?!127\.|0\.0\.0\.0|255\.)(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)/g;
const HOME = /(?:\/(?:home|Users)\/|\\\\?Users\\\\?)([^\s/\\"'`:;,<>|&()]{1,64})/g;
/** How the client writes a path in the name of a folder. */
const HOME_IN_NAME = /-(?:home|Users)-([A-Za-z0-9]{1,64})(?=-|\b)/g;

function masker(owner: Owner, { session }: Conversation, taken: RemovedCounts): Mask {
  const names = new Set([owner.user, ...namesIn(owner.home), ...namesIn(session.project ?? '')]);
  const users = [...names].filter(
    (name) => name.length > 2 && name !== 'root' && !COMMON.has(name),
  );
  const user = wordsOf(users);
  const host = wordsOf(
    [owner.host, owner.host.split('.')[0] ?? ''].filter(
      (name) => name.length > 2 && name !== 'localhost',
    ),
  );
  const home =
    owner.home.length > 1 ? new RegExp(`${escapedPattern(owner.home)}(?![\\w-])`, 'g') : undefined;
  const replaced = (
    text: string,
    pattern: RegExp | undefined,
    kind: Parameters<RemovedCounts['set']>[0],
    by: string,
  ): string =>
    pattern === undefined
      ? text
      : text.replace(pattern, () => {
          count(taken, kind);
          return by;
        });
  return (text) => {
    let masked = replaced(text, home, 'homes', '~');
    masked = replaced(masked, HOME, 'homes', '~');
    masked = replaced(masked, HOME_IN_NAME, 'homes', '-home-user');
    masked = masked.replace(URL_HOST, (all, scheme: string, name: string) => {
      if (PUBLIC_HOST.test(name) || /^(?:127\.|\[?::1)/.test(name) || !/[A-Za-z0-9]/.test(name))
        return all;
      count(taken, 'hosts');
      return `${scheme}[host]`;
    });
    masked = replaced(masked, MAIL, 'mails', '[mail]');
    masked = replaced(masked, ADDRESS, 'hosts', '[address]');
    masked = replaced(masked, host, 'hosts', '[host]');
    return replaced(masked, user, 'users', '[user]');
  };
}

/** Names of accounts that are ordinary words: masking them would garble texts and hide nothing. */
const COMMON = new Set([
  'user',
  'users',
  'home',
  'test',
  'node',
  'work',
  'app',
  'src',
  'dev',
  'build',
  'admin',
  'ubuntu',
  'debian',
  'shared',
]);

function namesIn(path: string): readonly string[] {
  const name = /^(?:\/(?:home|Users)\/|[A-Za-z]:[\\/]Users[\\/])([^/\\]+)/.exec(path)?.[1];
  return name === undefined ? [] : [name];
}

function wordsOf(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined;
  return new RegExp(`(?<![\\w-])(?:${words.map(escapedPattern).join('|')})(?![\\w-])`, 'gi');
}

function escapedPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
