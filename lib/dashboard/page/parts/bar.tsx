import { visibleText } from '../visible-text.ts';

/** How full something is, as a bar with its figure. */
export function Bar({
  label,
  percent,
  warnAt = 70,
  badAt = 90,
}: {
  /** What is measured, for a screen reader. */
  readonly label: string;
  /** `null`: not known. */
  readonly percent: number | null;
  readonly warnAt?: number;
  readonly badAt?: number;
}) {
  if (percent === null) return <span class="muted">not known</span>;
  const tone = percent >= badAt ? 'bad' : percent >= warnAt ? 'warn' : 'good';
  const width = Math.max(0, Math.min(100, percent));
  return (
    <span class="bar-row">
      {/* biome-ignore lint/a11y/useSemanticElements: no browser lets the bar of <meter> be styled */}
      <span
        class={`bar ${tone}`}
        role="meter"
        aria-label={visibleText(label)}
        aria-valuenow={Math.round(width)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ width: `${width}%` }} />
      </span>
      <span class="figure">{Math.round(percent)} %</span>
    </span>
  );
}
