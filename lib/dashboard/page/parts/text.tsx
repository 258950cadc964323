import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { visibleText } from '../visible-text.ts';

/** Longest text of one line. */
const LINE_UNITS = 300;

/** From this length on cells and cards cut a text after three lines; a pointer shows all of it. */
const CUT_UNITS = 60;

/** Lines and UTF-16 units of a block that are shown until the user expands it. */
const BLOCK_LINES = 14;
const BLOCK_UNITS = 2_000;

/** Recorded text on one line: never markup, hidden characters visible, of bounded length. */
export function Foreign({
  text,
  none = '–',
}: {
  readonly text: string | null | undefined;
  /** Shown where there is none. */
  readonly none?: string;
}) {
  if (text === null || text === undefined || text === '') return <>{none}</>;
  const shown = visibleText(text.length > LINE_UNITS ? `${text.slice(0, LINE_UNITS)}…` : text);
  if (shown.length < CUT_UNITS) return <bdi>{shown}</bdi>;
  return (
    <bdi class="long" title={shown}>
      {shown}
    </bdi>
  );
}

/** The same for text of many lines, in a block that can be opened. */
export function ForeignBlock({
  text,
  className = '',
}: {
  readonly text: string;
  readonly className?: string;
}) {
  const [isOpen, setOpen] = useState(false);
  const lines = text.split('\n');
  const isLong = lines.length > BLOCK_LINES || text.length > BLOCK_UNITS;
  const head = lines.slice(0, BLOCK_LINES).join('\n').slice(0, BLOCK_UNITS);
  const shown = isOpen || !isLong ? text : head;
  return (
    <div class={`block ${className}`}>
      <div class="block-text" dir="auto">
        {visibleText(shown, true)}
      </div>
      {isLong && (
        <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show less' : `Show all ${lines.length} lines`}
        </button>
      )}
    </div>
  );
}

/** A text whose parts in backticks are commands. */
export function Prose({ text }: { readonly text: string }) {
  const parts = text.split('`');
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 1 ? <code key={index}>{visibleText(part)}</code> : visibleText(part),
      )}
    </>
  );
}

/** A short word with a colour. The word alone says it, too. */
export function Badge({
  tone,
  children,
}: {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain' | 'accent';
  readonly children: ComponentChildren;
}) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
