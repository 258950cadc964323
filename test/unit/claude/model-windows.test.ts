import { describe, expect, it } from 'vitest';
import {
  isSameModel,
  modelWindow,
  parseModelWindows,
  windowIn,
} from '../../../lib/claude/model-windows.ts';

describe('modelWindow', () => {
  it.each([
    ['claude-opus-4-8', 1_000_000],
    ['claude-opus-5-5', 1_000_000],
    ['claude-haiku-4-5', 200_000],
    ['claude-haiku-4-5-20251001', 200_000],
    ['claude-haiku-4-5@20251001', 200_000],
    ['claude-sonnet-4-5[1m]', 1_000_000],
    ['some-model[1M]', 1_000_000],
  ])('knows %s', (model, window) => {
    expect(modelWindow(model)).toBe(window);
  });

  it.each(['some-model', 'claude-haiku-4-50', ''])('does not guess for %j', (model) => {
    expect(modelWindow(model)).toBeUndefined();
  });
});

describe('windowIn', () => {
  it('takes the longest name that the model begins with, suffix or not', () => {
    const windows = parseModelWindows([
      'claude=100k',
      'claude-x=400000',
      'claude-x-mini=1m',
      'nothing',
      'claude-y=0',
    ]);
    expect(
      ['claude-x-2', 'claude-x-mini', 'claude-x[1m]', 'claude-y', 'other'].map((model) =>
        windowIn(windows, model),
      ),
    ).toEqual([400_000, 1_000_000, 400_000, 100_000, undefined]);
  });
});

describe('isSameModel', () => {
  it.each([
    ['claude-sonnet-4-5[1m]', 'claude-sonnet-4-5-20250929', true],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5', true],
    ['claude-sonnet-4-5', 'claude-sonnet-4-50', false],
    ['', 'claude-sonnet-4-5', false],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(isSameModel(one, other)).toBe(expected);
  });
});
