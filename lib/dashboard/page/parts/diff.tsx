import { useState } from 'preact/hooks';
import { visibleText } from '../visible-text.ts';

export interface SignedLine {
  readonly sign: '+' | '-' | ' ' | 'gap' | 'file';
  readonly text: string;
}

/** Lines that are shown until the user asks for more. */
const MAX_LINES = 300;

/** Changed lines with their signs; colours only repeat what the signs say. */
export function Diff({ lines }: { readonly lines: readonly SignedLine[] }) {
  const [most, setMost] = useState(MAX_LINES);
  const left = lines.length - most;
  return (
    <div class="diff">
      <pre>
        {lines.slice(0, most).map(({ sign, text }, index) => (
          <div key={index} class={CLASSES[sign]}>
            {`${sign === 'gap' ? '⋯' : sign === 'file' ? '' : sign}${visibleText(text)}`}
          </div>
        ))}
      </pre>
      {left > 0 && (
        <button type="button" class="quiet" onClick={() => setMost(most + 2_000)}>
          Show {Math.min(left, 2_000)} more lines
        </button>
      )}
    </div>
  );
}

const CLASSES = { '+': 'added', '-': 'removed', ' ': '', gap: 'gap', file: 'file' } as const;

/** A patch as git writes it, line by line. */
export function patchLines(patch: string): readonly SignedLine[] {
  return patch.split('\n').flatMap((line): readonly SignedLine[] => {
    if (line === '' || /^(?:index |--- |\+\+\+ |old mode |similarity )/.test(line)) return [];
    if (line.startsWith('diff --git ')) return [{ sign: 'file', text: fileIn(line) }];
    if (line.startsWith('@@')) return [{ sign: 'gap', text: ` ${line}` }];
    const [sign = ' ', text] = [line[0], line.slice(1)];
    return sign === '+' || sign === '-' || sign === ' '
      ? [{ sign, text }]
      : [{ sign: 'gap', text: ` ${line}` }];
  });
}

function fileIn(line: string): string {
  const [, name] = / b\/(.*)$/.exec(line) ?? [];
  return name ?? line;
}
