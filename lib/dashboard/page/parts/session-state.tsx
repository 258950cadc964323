import type { SessionState, SessionStateName } from '../../../query/session-states.ts';
import { Ago, Span } from './ago.tsx';
import { Badge, Foreign } from './text.tsx';

const STATES: Readonly<
  Record<SessionStateName, readonly [tone: 'good' | 'warn' | 'bad' | 'plain', text: string]>
> = {
  'waiting-for-permission': ['warn', 'waiting for permission'],
  'waiting-for-you': ['warn', 'waiting for you'],
  'at-limit': ['bad', 'at its limit'],
  working: ['good', 'working'],
  lost: ['plain', 'lost'],
  ended: ['plain', 'ended'],
};

/** What a session is doing, in two or three words. */
export function StateBadge({ state }: { readonly state: SessionState | null | undefined }) {
  if (state === null || state === undefined) return null;
  const [tone, text] = STATES[state.state];
  return <Badge tone={tone}>{text}</Badge>;
}

/** For how long, until when, and what Claude Code said about it. */
export function StateNote({ state }: { readonly state: SessionState }) {
  return (
    <span class="muted">
      for <Span from={state.since} />
      {state.until !== null && (
        <>
          , resets <Ago at={state.until} />
        </>
      )}
      {state.message !== null && (
        <>
          : <Foreign text={state.message} />
        </>
      )}
    </span>
  );
}
