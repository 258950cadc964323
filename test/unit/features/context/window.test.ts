import { describe, expect, it } from 'vitest';
import {
  resolveContextWindow,
  computePercent,
  type WindowClues,
} from '../../../../lib/features/context/window.ts';

const NOTHING: WindowClues = {
  seen: undefined,
  started: undefined,
  hasHeldMore: () => false,
  configured: [],
};
const windowOf = (
  clues: Partial<WindowClues>,
  model: string | null = 'claude-sonnet-4-5',
  at = 100,
) => {
  const window = resolveContextWindow({ ...NOTHING, ...clues }, model, at);
  return window === undefined ? undefined : [window.tokens, window.source];
};

describe('contextWindow', () => {
  it('believes the status line first', () => {
    const seen = { model: 'claude-sonnet-4-5[1m]', tokens: 1_000_000, at: 5 };
    expect(windowOf({ seen, configured: [['claude-sonnet-4-5', 300_000]] })).toEqual([
      1_000_000,
      'status-line',
    ]);
  });

  it('does not believe a status line that is older than a change of the model', () => {
    const seen = { model: 'claude-opus-4-8', tokens: 1_000_000, at: 5 };
    expect(windowOf({ seen }, 'claude-haiku-4-5')).toEqual([200_000, 'table']);
    expect(windowOf({ seen: { ...seen, at: 100 } }, 'claude-haiku-4-5')).toEqual([
      1_000_000,
      'status-line',
    ]);
  });

  it('believes a status line that names no model as long as nothing newer was answered', () => {
    expect(windowOf({ seen: { model: '', tokens: 500_000, at: 100 } })).toEqual([
      500_000,
      'status-line',
    ]);
    expect(windowOf({ seen: { model: '', tokens: 500_000, at: 99 } })).toEqual([200_000, 'table']);
  });

  it('knows a million by the suffix of the model that the session began with, while that is the model', () => {
    const started = { model: 'claude-sonnet-4-5[1m]', at: 5 };
    expect(windowOf({ started }, 'claude-sonnet-4-5-20250929')).toEqual([
      1_000_000,
      'session-start',
    ]);
    expect(windowOf({ started }, 'claude-haiku-4-5')).toEqual([200_000, 'table']);
    expect(windowOf({ started }, null)).toEqual([1_000_000, 'session-start']);
  });

  it('lets the setting go before the table', () => {
    expect(windowOf({ configured: [['claude-sonnet', 300_000]] })).toEqual([300_000, 'setting']);
    expect(windowOf({ configured: [['claude-x', 400_000]] }, 'claude-x-1')).toEqual([
      400_000,
      'setting',
    ]);
  });

  it('assumes a million once the model held more than the window', () => {
    expect(
      windowOf({
        hasHeldMore: (model, tokens) => model === 'claude-sonnet-4-5' && tokens === 200_000,
      }),
    ).toEqual([1_000_000, 'observed']);
  });

  it('gives an unknown model none, however much it held', () => {
    expect(windowOf({ hasHeldMore: () => true }, 'some-model')).toBeUndefined();
    expect(windowOf({}, null)).toBeUndefined();
  });
});

describe('percentOf', () => {
  it('gives, rounded, the figure of the client (seen with the real one)', () => {
    expect(
      [
        computePercent(82_000, 200_000),
        computePercent(120_500, 200_000),
        computePercent(6_500, 200_000),
        computePercent(6_500, 1_000_000),
      ].map(Math.round),
    ).toEqual([41, 60, 3, 1]);
  });

  it('never rounds twice', () => {
    expect(Math.round(computePercent(120_900, 200_000))).toBe(
      Math.round((120_900 / 200_000) * 100),
    );
    for (let tokens = 0; tokens < 200_000; tokens += 37)
      expect(Math.round(computePercent(tokens, 200_000))).toBe(
        Math.round((tokens / 200_000) * 100),
      );
  });

  it('never passes 100', () => {
    expect(computePercent(1_200_000, 1_000_000)).toBe(100);
  });
});
