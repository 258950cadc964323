import { defineHandler } from 'waymark';

/** An agent that takes longer than this is worth a word. */
const LONG_MS = 10 * 60_000;

/**
 * Known as `user/slowAgents`. Emits `agent.was_slow`, an event of our own, which other handlers and
 * webhooks may take.
 */
export const slowAgents = defineHandler({
  on: 'task.completed',
  timeout: 10,

  async handle(event, { emit, log }) {
    const { duration_ms: tookMs = 0, assigned_to: agent = 'unknown' } = event.payload;
    if (tookMs < LONG_MS) return;
    const minutes = Math.round(tookMs / 60_000);
    log(`${agent} took ${minutes} minutes`);
    await emit({ type: 'agent.was_slow', payload: { agent, minutes }, priority: 'low' });
  },
});
