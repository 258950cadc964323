import { describe, expect, it } from 'vitest';
import type { ConversationEntry } from '../../../lib/query/conversation/entry.ts';
import type { Conversation } from '../../../lib/query/conversation/read-conversation.ts';
import { renderSessionHtml } from '../../../lib/report/session-html.ts';
import { renderSessionMarkdown } from '../../../lib/report/session-markdown.ts';
import { renderSessionCsv, renderSessionJsonLines } from '../../../lib/report/session-rows.ts';
import { maskConversation, type RemovedCounts, formatRemovals } from '../../../lib/report/share.ts';

const AT = Date.parse('2026-11-22T10:00:00.000Z');
const EVIL = `</pre></details></title><script>alert(1)</script><img src=x onerror=alert(2)>"'&\u001b[2J\u202e`;

function conversation(
  entries: readonly ConversationEntry[],
  title: string | null = null,
): Conversation {
  const session = {
    id: 'aaaa1111-0000-4000-8000-000000000001',
    project: '/home/annika/shop',
    worktree: null,
    startedAt: '2026-11-22T10:00:00.000Z',
    endedAt: null,
    operationCount: 0,
    failureCount: 0,
    checkpointCount: 0,
    contextPercent: null,
    contextTokens: null,
    lastEventAt: '2026-11-22T10:01:00.000Z',
    promptCount: 1,
    lastPrompt: null,
    model: null,
    transcriptState: 'read',
    tags: [],
    checkpointData: null,
    title,
    imported: null,
  };
  return { session, title, origin: 'transcript', entries: () => entries };
}

const said = (text: string, kind: 'prompt' | 'answer' = 'prompt'): ConversationEntry => ({
  kind,
  at: AT,
  depth: 0,
  text,
});

const call = (tool: string, target: string, text: string): ConversationEntry => ({
  kind: 'call',
  at: AT,
  depth: 0,
  toolUseId: 't1',
  tool,
  target,
  input: { file: text },
  diff: [],
  result: { at: AT, outcome: 'failed', text },
  fix: text,
});

const text = (pieces: Iterable<string>): string => [...pieces].join('');

const STUB = { kind: 'image', at: AT, depth: 0, what: 'image/png', bytes: 9 } as const;
const PICTURE = { ...STUB, picture: 'data:image/png;base64,iVBORw0KGgo=' } as const;

const everywhere: readonly ConversationEntry[] = [
  said(EVIL),
  said(EVIL, 'answer'),
  said(`\`\`\`\n${EVIL}`, 'answer'),
  { kind: 'thought', at: AT, depth: 0, text: EVIL },
  { kind: 'told', at: AT, depth: 0, text: EVIL },
  call(EVIL, EVIL, EVIL),
  {
    ...(call('Edit', EVIL, EVIL) as Extract<ConversationEntry, { kind: 'call' }>),
    diff: [{ sign: '+', text: EVIL }],
  },
  { kind: 'agent-start', at: AT, depth: 1, agentId: EVIL, type: EVIL },
  { kind: 'unknown', at: AT, depth: 0, what: EVIL, bytes: 3 },
];

describe('sessionHtml', () => {
  it('shows foreign text as text, wherever it comes from', () => {
    const html = text(renderSessionHtml(conversation(everywhere, EVIL)));
    expect(html).not.toMatch(/<script|<img|\u001b|\u202e/);
    const elements = new Set([...html.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name));
    expect([...elements].toSorted()).toEqual(
      [
        'b',
        'body',
        'code',
        'dd',
        'details',
        'div',
        'dl',
        'dt',
        'footer',
        'h1',
        'h2',
        'head',
        'header',
        'html',
        'main',
        'meta',
        'p',
        'pre',
        'section',
        'span',
        'style',
        'summary',
        'time',
        'title',
      ].toSorted(),
    );
  });

  it('asks no other machine and runs no script', () => {
    const html = text(renderSessionHtml(conversation(everywhere)));
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline';`);
    expect(html).not.toMatch(/ (?:href|src|action|style|on\w+)=["']/);
  });

  it('sets the code of an answer apart from its words, and no prompt', () => {
    const answer = said('As this:\n```ts\nconst trees = 19;\n```', 'answer');
    const page = text(renderSessionHtml(conversation([said('Count'), answer])));
    expect(page).toContain('<pre class="code">const trees = 19;</pre>');
    expect(page).toContain('<pre class="text">Count</pre>');
    // words look like the rest of the page
    expect(page.match(/^.*font: inherit.*$/gm)).toEqual([
      expect.stringMatching(/^section > pre\.text \{/),
    ]);
  });

  it('shows pictures that it has, and counts the others', () => {
    const html = text(
      renderSessionHtml(conversation([PICTURE, { ...STUB, what: 'image/svg+xml' }, STUB])),
    );
    expect(html.match(/<img [^>]*>/g)).toEqual([
      '<img alt="Picture: image/png, 9 B" src="data:image/png;base64,iVBORw0KGgo=">',
    ]);
    expect(html).toContain('Picture: image/svg+xml, 9 B');
    expect(html).toContain('2 pictures left out. Made by waymark.');
  });

  it('closes an agent that never ended', () => {
    const html = text(renderSessionHtml(conversation(everywhere)));
    expect(html.match(/<details/g)?.length).toBe(html.match(/<\/details>/g)?.length);
    expect(html.match(/<div/g)?.length).toBe(html.match(/<\/div>/g)?.length);
  });

  it('opens what failed, and folds what went well', () => {
    const html = text(renderSessionHtml(conversation([call('Bash', 'npm test', 'Exit code 1')])));
    expect(html).toContain(
      '<details class="call failed" open><summary><b>Bash</b> <span class="badge">failed</span>',
    );
  });
});

describe('sessionMarkdown', () => {
  it('lets no foreign text end its fence or begin an element', () => {
    const markdown = text(
      renderSessionMarkdown(
        conversation([said('a\n```\n<b>', 'answer'), call('Bash', 'x', 'a\n````\n# no heading')]),
      ),
    );
    expect(markdown).toContain('`````text\na\n````\n# no heading\n`````');
    expect(markdown).toContain('```\n<b>\n```'); // the answer's code, closed
    const outside = markdown.replace(/(`{3,})[\s\S]*?\n\1/g, '');
    expect(outside).not.toContain('<b>');
    expect(text(renderSessionMarkdown(conversation([said('# x\n> y <i>')])))).toContain(
      '> \\# x\n> \\> y &lt;i\\>',
    );
  });

  it('asks no other machine for a picture', () => {
    expect(
      text(renderSessionMarkdown(conversation([said('![x](https://a.example/p.png)', 'answer')]))),
    ).toContain('&#33;[x]');
  });
});

describe('rows of a session', () => {
  it('are lines of JSON', () => {
    const lines = text(renderSessionJsonLines(conversation(everywhere)))
      .trimEnd()
      .split('\n');
    const kinds = lines.map((line) => JSON.parse(line).kind);
    expect(kinds).toEqual(['session', ...everywhere.map(({ kind }) => kind)]);
  });

  it('have no picture in them', () => {
    const [, line] = text(renderSessionJsonLines(conversation([PICTURE]))).split('\n');
    expect(JSON.parse(line ?? '')).toEqual({ ...STUB, at: '2026-11-22T10:00:00.000Z' });
  });

  it('are a table that no spreadsheet takes for formulas', () => {
    const csv = text(renderSessionCsv(conversation([said('=1+2'), said('a "b", c\nd')])));
    expect(csv).toBe(
      'at,depth,kind,tool,target,outcome,text\n' +
        "2026-11-22T10:00:00.000Z,0,prompt,,,,'=1+2\n" +
        '2026-11-22T10:00:00.000Z,0,prompt,,,,"a ""b"", c\nd"\n',
    );
  });
});

describe('sharedConversation', () => {
  const owner = { home: '/home/annika', user: 'annika', host: 'build7.corp.internal' };
  const shared = (
    entries: readonly ConversationEntry[],
  ): { readonly json: string; readonly taken: RemovedCounts } => {
    const taken: RemovedCounts = new Map();
    return {
      json: text(renderSessionJsonLines(maskConversation(conversation(entries), owner, taken))),
      taken,
    };
  };

  it.each([
    ['/home/annika/shop/a.ts', '~/shop/a.ts'],
    ['/Users/bob/x', '~/x'],
    ['-home-annika-shop', '-home-user-shop'],
    ['Annika says', '[user] says'],
    ['annika@corp.example and git@host7:repo', '[mail] and [mail]:repo'],
    ['http://build7.corp.internal/x', 'http://[host]/x'],
    ['https://u:p@10.1.2.3:80/x', 'https://[host]:80/x'],
    ['on build7.', 'on [host].'],
    ['at 10.1.2.3.', 'at [address].'],
  ])('masks %s', (given, wanted) => {
    expect(shared([said(given)]).json).toContain(`"text":"${wanted}"`);
  });

  it.each([
    'https://github.com/a/b',
    'http://localhost:3000/',
    '127.0.0.1',
    'lodash@4.17.21',
    'version 1.2.3',
    'annikas',
  ])('leaves %s as it is', (given) => {
    const { json, taken } = shared([said(given)]);
    expect(json).toContain(`"text":"${given}"`);
    expect([...taken.keys()].filter((kind) => kind !== 'homes')).toEqual([]);
  });

  it('masks every text of a call', () => {
    expect(shared([call('Bash', 'ls /home/annika', '/home/annika/x')]).json).not.toContain(
      'annika',
    );
  });

  it('counts what it took out', () => {
    const entries: readonly ConversationEntry[] = [
      PICTURE,
      { kind: 'unknown', at: AT, depth: 0, what: 'hologram', bytes: 9 },
      said('annika@corp.example'),
    ];
    const { json, taken } = shared(entries);
    expect(json).not.toContain('hologram');
    const shown = maskConversation(conversation(entries), owner, new Map());
    expect(text(renderSessionHtml(shown))).not.toMatch(/<img|base64/);
    expect(formatRemovals(taken)).toEqual([
      '1 home folder',
      '1 picture',
      '1 unknown block',
      '1 mail address',
    ]);
    expect(formatRemovals(new Map())).toEqual(['nothing']);
  });
});
