import { cleanLines } from './session-head.ts';

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is nothing but text, in an element or in the value of an attribute. */
export function escapeHtml(text: string): string {
  return cleanLines(text).replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? '');
}

/**
 * An answer, which is Markdown, as HTML of a few elements: paragraphs, headings, lists, code, bold.
 * No links: an address is text, so that no click leads where foreign text wants it.
 */
export function renderProseHtml(markdown: string): string {
  const out: string[] = [];
  let code: { readonly fence: string; readonly lines: string[] } | undefined;
  let paragraph: string[] = [];
  let items: string[] = [];
  const end = (): void => {
    if (paragraph.length > 0) out.push(`<p>${paragraph.map(inline).join('\n')}</p>`);
    if (items.length > 0)
      out.push(`<ul>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`);
    [paragraph, items] = [[], []];
  };
  for (const line of cleanLines(markdown).split('\n')) {
    const fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (code !== undefined) {
      if (fence !== undefined && line.trim() === fence && fence.startsWith(code.fence)) {
        out.push(codeHtml(code.lines));
        code = undefined;
      } else code.lines.push(line);
      continue;
    }
    const heading = /^#{1,6} +(.*)$/.exec(line)?.[1];
    const item = /^\s*(?:[-*]|\d+\.) +(.*)$/.exec(line)?.[1];
    if (fence !== undefined) {
      end();
      code = { fence, lines: [] };
    } else if (heading !== undefined) {
      end();
      out.push(`<h3>${inline(heading)}</h3>`);
    } else if (item !== undefined) {
      if (paragraph.length > 0) end();
      items.push(item);
    } else if (line.trim() === '') end();
    else if (items.length > 0) items[items.length - 1] += ` ${line.trim()}`;
    else paragraph.push(line);
  }
  end();
  if (code !== undefined) out.push(codeHtml(code.lines));
  return out.join('\n');
}

function codeHtml(lines: readonly string[]): string {
  return `<pre class="code">${escapeHtml(lines.join('\n'))}</pre>`;
}

/** Code and bold words; the rest is text. */
function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.length > 2 && part.startsWith('`') && part.endsWith('`')
        ? `<code>${escapeHtml(part.slice(1, -1))}</code>`
        : escapeHtml(part).replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>'),
    )
    .join('');
}
