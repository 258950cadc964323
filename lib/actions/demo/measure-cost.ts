import { type JsonObject, stringField } from '../../core/json.ts';
import { quantile } from '../../core/quantile.ts';
import { SAMPLE_PREFIX } from '../../events/sample.ts';
import type { WiredHook } from '../../query/doctor/wired-hooks.ts';
import { runHookCommand } from '../run-hook-command.ts';
import type { DemoHome } from './demo-home.ts';
import { listHooksFor } from './install-demo.ts';
import { runDemoHook } from './play.ts';
import type { RecordedPayload } from './recording.ts';

/** What one kind of event costs. Field names are a contract. */
export interface EventCost {
  readonly event: string;
  /** `quiet`: nothing is known of the call. `known`: it resembles one that failed. */
  readonly call: 'quiet' | 'known' | null;
  readonly medianMs: number;
  /** How many times as long as `node -e 0`. */
  readonly timesNode: number;
}

/** What hooks cost here and now. Field names are a contract. */
export interface DemoCost {
  readonly rounds: number;
  /** Median of `node -e 0`, started in turn with the hooks. */
  readonly nodeMs: number;
  readonly events: readonly EventCost[];
}

export interface CostParts {
  readonly home: DemoHome;
  readonly hooks: readonly WiredHook[];
  readonly payloads: readonly RecordedPayload[];
  /** The command that is known to fail. */
  readonly known: string | undefined;
  readonly signal: AbortSignal;
}

const ROUNDS = 7;
const SESSION = `${SAMPLE_PREFIX}cost`;

/**
 * Runs launchers of the demo in turn with an empty Node start.
 * @throws AbortError when `signal` says so.
 */
export async function measureCost(parts: CostParts): Promise<DemoCost> {
  const { home, signal } = parts;
  const cases = casesOf(parts);
  const node: number[] = [];
  const times = cases.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    signal.throwIfAborted();
    const empty = await runHookCommand({
      ...{ command: process.execPath, args: ['-e', '0'], input: {}, cwd: home.project },
      ...{ environment: home.environment, timeoutMs: 10_000 },
    });
    if (round > 0) node.push(empty.ms); // the first round only warms up
    for (const [index, { hook, input }] of cases.entries()) {
      const { ms } = await runDemoHook(hook, input, home, SESSION);
      if (round > 0) times[index]?.push(ms);
    }
  }
  const nodeMs = medianOf(node);
  return {
    rounds: ROUNDS,
    nodeMs,
    events: cases.map(({ event, call }, index) => {
      const medianMs = medianOf(times[index] ?? []);
      return { event, call, medianMs, timesNode: nodeMs === 0 ? 0 : medianMs / nodeMs };
    }),
  };
}

interface Case extends Pick<EventCost, 'event' | 'call'> {
  readonly hook: WiredHook;
  readonly input: JsonObject;
}

/** A command of which nothing is known, before and after; a known one, before; a prompt. */
function casesOf({ hooks, payloads, known }: CostParts): readonly Case[] {
  const calls = payloads.filter(({ input }) => stringField(input, 'tool_name') === 'Bash');
  const isKnown = ({ input }: RecordedPayload): boolean =>
    known !== undefined && JSON.stringify(input['tool_input']).includes(known);
  const quiet = calls.filter((payload) => !isKnown(payload));
  const find = (
    list: readonly RecordedPayload[],
    event: string,
    call: EventCost['call'],
  ): readonly Case[] => {
    const payload = list.find((one) => one.event === event);
    const tool = stringField(payload?.input ?? {}, 'tool_name');
    const [hook] = listHooksFor(hooks, event, tool);
    if (payload === undefined || hook === undefined) return [];
    return [{ event, call, hook, input: { ...payload.input, session_id: SESSION } }];
  };
  return [
    ...find(quiet, 'PreToolUse', 'quiet'),
    ...find(quiet, 'PostToolUse', 'quiet'),
    ...find(calls.filter(isKnown), 'PreToolUse', 'known'),
    ...find(payloads, 'UserPromptSubmit', null),
  ];
}

function medianOf(values: readonly number[]): number {
  return (
    quantile(
      values.toSorted((one, other) => one - other),
      0.5,
    ) ?? 0
  );
}
