import { describe, expect, it } from 'vitest';
import { contextPercent, modelWindow } from '../../../lib/claude/model-windows.ts';

describe('modelWindow', () => {
  it.each([
    ['claude-opus-4-8', 1_000_000],
    ['claude-opus-5-5', 1_000_000],
    ['claude-haiku-4-5', 200_000],
    ['claude-haiku-4-5-20251001', 200_000],
    ['claude-sonnet-4-5[1m]', 1_000_000],
    ['some-model[1M]', 1_000_000],
  ])('knows %s', (model, window) => {
    expect(modelWindow(model)).toBe(window);
  });

  it.each(['some-model', 'claude-haiku-4-50', ''])('does not guess for %j', (model) => {
    expect(modelWindow(model)).toBeUndefined();
  });
});

describe('contextPercent', () => {
  it('divides by the window of the model, to one decimal', () => {
    expect(contextPercent(84_120, 'claude-sonnet-4-5')).toBe(42.1);
  });

  it('is null while the window is not known', () => {
    expect([contextPercent(50_000, 'some-model'), contextPercent(50_000, null)]).toEqual([null, null]);
  });

  it('assumes a million once there are more tokens than the window holds', () => {
    expect(contextPercent(250_000, 'claude-sonnet-4-5')).toBe(25);
    expect(contextPercent(250_000, 'some-model')).toBe(25);
  });

  it('never passes 100', () => {
    expect(contextPercent(1_200_000, 'claude-opus-4-8')).toBe(100);
  });
});
