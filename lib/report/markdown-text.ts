import { cleanLines } from './session-head.ts';

/** A fence that no line of the text can end. */
export function fenceCode(text: string, language = 'text'): string {
  const body = cleanLines(text).trimEnd();
  const longest = [...body.matchAll(/`{3,}/g)].reduce(
    (most, [marks]) => Math.max(most, marks.length),
    2,
  );
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${body}\n${fence}`;
}

export function formatInlineCode(text: string): string {
  const line = cleanLines(text).replace(/\s+/g, ' ').trim().slice(0, 200);
  if (line === '') return '';
  return line.includes('`') ? `\`\` ${line.replace(/`{2,}/g, "''")} \`\`` : `\`${line}\``;
}

/** No letter of it means anything in Markdown or HTML. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>#|!~&]/g, (sign) =>
    sign === '<' ? '&lt;' : sign === '&' ? '&amp;' : `\\${sign}`,
  );
}

/**
 * An answer, which is Markdown: it stays, but without HTML, pictures, and links that lead to
 * something else than a page. Its fences are written anew, at the beginning of a line: readers of
 * Markdown do not agree on what else is one, and what one of them takes for code another may run.
 */
export function renderProseMarkdown(markdown: string): string {
  const out: string[] = [];
  let code:
    | { readonly fence: string; readonly language: string; readonly lines: string[] }
    | undefined;
  const end = (): void => {
    if (code !== undefined) out.push('', fenceCode(code.lines.join('\n'), code.language), '');
    code = undefined;
  };
  for (const line of cleanLines(markdown).split('\n')) {
    const [, fence, info = ''] = /^\s*(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (code !== undefined) {
      if (fence?.startsWith(code.fence) === true && info.trim() === '') end();
      else code.lines.push(line);
    } else if (fence !== undefined)
      code = { fence, language: /^[\w+#.-]{1,30}/.exec(info.trim())?.[0] ?? '', lines: [] };
    else out.push(plainLine(line));
  }
  end();
  return out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/**
 * Writes signs with a meaning as entities, so that a sign in front of them, such as a backslash,
 * cannot restore it.
 */
function plainLine(line: string): string {
  return line
    .replace(/`{3,}|~{3,}/g, (marks) =>
      (marks.startsWith('`') ? '&#96;' : '&#126;').repeat(marks.length),
    )
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? codeSpan(part) : withoutTraps(part)))
    .join('');
}

/**
 * Where a span ends is a matter of the lines around it: one with signs that could begin something
 * is HTML, in which they cannot.
 */
export function codeSpan(part: string): string {
  if (!/[<[\]!&]/.test(part)) return part;
  const inner = part.slice(1, -1).replaceAll('&#96;', '`').replaceAll('&#126;', '~');
  return `<code>${escapeMarkdown(inner)}</code>`;
}

/** A place that a link may lead to. */
const PAGE = /^(?:https?:\/\/|mailto:|#|\.{0,2}\/)/i;

function withoutTraps(text: string): string {
  return text
    .replaceAll('<', '&lt;')
    .replaceAll('![', '&#33;[')
    .replace(/\](\(|:)(?=\s*(\S*))/g, (all, sign: string, target: string) =>
      PAGE.test(target) ? all : `]${sign === '(' ? '&#40;' : '&#58;'}`,
    );
}
