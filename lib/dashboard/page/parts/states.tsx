import type { ComponentChildren } from 'preact';
import type { Problem } from '../../server/answer.ts';
import type { Asked } from '../use-answer.ts';
import { Prose } from './text.tsx';

/** What a page shows where there is nothing yet: what will be here, and how it comes. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <div>{children}</div>
    </div>
  );
}

/** A fault in waymark's words, with what to do. */
export function ProblemNote({ problem }: { readonly problem: Problem }) {
  return (
    <div class="note bad" role="alert">
      <p>
        <Prose text={problem.message} />
      </p>
      <p class="remedy">
        <Prose text={problem.remedy} />
      </p>
    </div>
  );
}

/** What was asked for once it is there; until then that it is coming, or why it is not. */
export function Answered<T>({
  asked,
  children,
}: {
  readonly asked: Asked<T>;
  readonly children: (answer: T) => ComponentChildren;
}) {
  const { answer, problem, isLoading } = asked;
  return (
    <>
      {problem !== undefined && <ProblemNote problem={problem} />}
      {answer !== undefined && children(answer)}
      {answer === undefined && problem === undefined && isLoading && (
        <p class="loading" role="status">
          Loading…
        </p>
      )}
    </>
  );
}

/** A part of a page with a heading. */
export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="section">
      <div class="section-head">
        <h2>{title}</h2>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </div>
      {children}
    </section>
  );
}

/** Figures side by side. */
export function Figures({ children }: { readonly children: ComponentChildren }) {
  return <dl class="stats">{children}</dl>;
}

/** A figure with what it counts, in {@link Figures}. */
export function Figure({
  label,
  children,
  note,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly note?: ComponentChildren;
}) {
  return (
    <div class="stat">
      <dt class="stat-label">{label}</dt>
      <dd class="stat-value">{children}</dd>
      {note !== undefined && <dd class="stat-note">{note}</dd>}
    </div>
  );
}
