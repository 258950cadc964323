import type { WebhookRow } from '../../query/webhooks.ts';
import type { Paint } from './paint.ts';
import { oneLine } from '../../core/one-line.ts';
import { alignColumns } from './table.ts';
import { formatAgo, formatTime } from '../../core/units.ts';

/** A line per webhook, and one more for each that takes nothing. */
export function formatWebhooks(
  webhooks: readonly WebhookRow[],
  {
    paint,
    now,
    width,
  }: { readonly paint: Paint; readonly now: number; readonly width?: number | undefined },
): readonly string[] {
  const head = ['NAME', 'STATE', 'LAST TAKEN', 'TYPES', 'URL'].map(paint.dim);
  const rows = webhooks.map(({ name, state, lastSuccessAt, types, url }) => [
    paint.bold(name),
    stateWord(state, paint),
    lastSuccessAt === null ? paint.dim('never') : formatAgo(Date.parse(lastSuccessAt), now),
    oneLine(types.join(' ')),
    paint.cyan(oneLine(url)),
  ]);
  const troubles = webhooks.flatMap(({ name, state, since, reason }) =>
    since === null
      ? []
      : [
          `${name} ${state === 'gone' ? 'is disabled' : 'has accepted nothing'} since ${formatTime(Date.parse(since), now)}: ${oneLine(reason ?? '')}`,
        ],
  );
  const columns = [{ least: 12 }, {}, { gives: 2 }, { least: 10, gives: 1 }, { least: 24 }];
  return [...alignColumns([head, ...rows], { columns, width }), ...troubles.map(paint.yellow)];
}

function stateWord(state: WebhookRow['state'], paint: Paint): string {
  if (state === 'gone') return paint.red(state);
  return state === 'failing'
    ? paint.yellow(state)
    : state === 'well'
      ? paint.green(state)
      : paint.dim(state);
}
