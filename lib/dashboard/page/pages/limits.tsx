import { Runnable } from '../parts/runnable.tsx';
import type { AccountLimit } from '../../../query/limits.ts';
import { Ago } from '../parts/ago.tsx';
import { Bar } from '../parts/bar.tsx';
import { Empty, Section } from '../parts/states.tsx';
import { Foreign } from '../parts/text.tsx';

const WINDOWS: Readonly<Record<string, string>> = { five_hour: '5 hours', seven_day: 'Week' };

/** What is used of the subscription windows, and when they begin anew. */
export function Limits({ limits }: { readonly limits: readonly AccountLimit[] }) {
  const folders = new Set(limits.map(({ configFolder }) => configFolder));
  return (
    <Section title="Subscription limits">
      {limits.length === 0 ? (
        <Empty title="Unknown">
          <p>
            Claude Code tells the status line how much of the 5-hour and weekly limits is used.
            Install it: <Runnable text="`waymark install --status-line`" />
          </p>
        </Empty>
      ) : (
        <ul class="cards">
          {limits.map((limit) => (
            <li key={`${limit.configFolder} ${limit.name}`} class="card">
              <div class="card-head">
                <strong>
                  <Foreign text={WINDOWS[limit.name] ?? limit.name} />
                </strong>
                <span class="muted">
                  resets <Ago at={limit.resetsAt} />
                </span>
              </div>
              <Bar label={`Used share of the ${limit.name}`} percent={limit.used} />
              <p class="muted">
                {limit.pace !== null && `At this pace ${limit.pace} % by then. `}
                Seen <Ago at={limit.seenAt} />
                {folders.size > 1 && (
                  <>
                    {' '}
                    in <Foreign text={limit.configFolder} />
                  </>
                )}
                .
              </p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
