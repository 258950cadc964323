import { describe, expect, it } from 'vitest';
import { isSameModel } from '../../../lib/claude/model-name.ts';
import {
  findModelWindow,
  parseModelWindows,
  findWindow,
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
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_000],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_000],
    ['eu.anthropic.claude-haiku-4-5-20251001-v1:0', 200_000],
    ['apac.anthropic.claude-sonnet-4-20250514-v1:0', 200_000],
    ['us-gov.anthropic.claude-3-7-sonnet-20250219-v1:0', 200_000],
    ['us.anthropic.claude-opus-4-5-20251101-v1:0', 200_000],
    ['claude-opus-4-5@20251101', 200_000],
    ['us.anthropic.claude-opus-4-6-v1', 200_000],
    ['claude-opus-4-6[1m]', 1_000_000],
    ['us.anthropic.claude-opus-4-7', 1_000_000],
    ['global.anthropic.claude-opus-4-8', 1_000_000],
    ['claude-opus-4-8@default', 1_000_000],
    ['us.anthropic.claude-opus-5', 1_000_000],
    ['apac.anthropic.claude-opus-5-5-v1:0', 1_000_000],
    ['claude-opus-5-5@20261001', 1_000_000],
    ['us.anthropic.claude-sonnet-5', 1_000_000],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0[1m]', 1_000_000],
    ['anthropic.claude-3-haiku-20240307-v1:0:48k', 48_000],
    [
      'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0',
      200_000,
    ],
    [
      'arn:aws:bedrock:us-east-2:123456789012:inference-profile/us.anthropic.claude-opus-4-8',
      1_000_000,
    ],
    [
      'arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:application-inference-profile/a1b2c3[1m]',
      1_000_000,
    ],
    ['claude-sonnet-4-5@20250929', 200_000],
    ['claude-3-5-sonnet-v2@20241022', 200_000],
    ['projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-1@20250805', 200_000],
    ['anthropic/claude-sonnet-4-5', 200_000],
    ['openrouter/anthropic/claude-sonnet-4.5', 200_000],
    ['anthropic/claude-3.5-haiku:beta', 200_000],
    ['bedrock/us.anthropic.claude-opus-4-8', 1_000_000],
    ['vertex_ai/claude-sonnet-4-5@20250929[1m]', 1_000_000],
    ['databricks-claude-opus-4-5', 200_000],
    ['claude-4.5-sonnet', 200_000],
    ['claude-3-opus-20240229', 200_000],
    ['claude-3-5-haiku-latest', 200_000],
    ['claude-opus-4-0', 200_000],
    ['claude-opus-4-5-20251101', 200_000],
    ['claude-opus-4-7', 1_000_000],
    ['claude-haiku-5-5', 1_000_000],
    ['claude-fable-5-1', 1_000_000],
    ['claude-mythos-preview', 1_000_000],
    [' claude-sonnet-4-5 [1m] ', 1_000_000],
  ])('knows %s', (model, window) => {
    expect(findModelWindow(model)).toBe(window);
  });

  it.each([
    ['claude-opus-6-1', 1_000_000],
    ['claude-opus-4-9', 1_000_000],
    ['claude-sonnet-7', 1_000_000],
    ['claude-haiku-4-50', 200_000],
    ['eu.anthropic.claude-sonnet-4-7-20270101-v1:0', 200_000],
  ])('takes %s for the latest known one before it in its family', (model, window) => {
    expect(findModelWindow(model)).toBe(window);
  });

  it.each([
    'some-model',
    'claude-nova-5',
    'claude-2',
    'gpt-5[0m]',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3',
    '[]',
    ':',
    'claude',
    'claude-'.repeat(100_000),
    '',
  ])('does not guess for %j', (model) => {
    expect(findModelWindow(model)).toBeUndefined();
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
        findWindow(windows, model),
      ),
    ).toEqual([400_000, 1_000_000, 400_000, 100_000, undefined]);
  });
});

describe('windowIn, by ids of providers', () => {
  it.each([
    ['claude-sonnet-4-5=300k', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['us.anthropic.claude-sonnet-4-5=300k', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['anthropic/claude-3.5-sonnet=300k', 'claude-3-5-sonnet@20241022'],
    ['claude-4-sonnet=300k', 'claude-sonnet-4-20250514'],
    [
      'arn:aws:bedrock:eu-west-1:1:application-inference-profile/x=300k',
      'arn:aws:bedrock:eu-west-1:1:application-inference-profile/x',
    ],
    ['My-Model=300k', 'my-model'],
  ])('%s fits %s', (entry, model) => {
    expect(findWindow(parseModelWindows([entry]), model)).toBe(300_000);
  });

  it('does not take one provider for another', () => {
    expect(
      findWindow(parseModelWindows(['eu.anthropic.x=300k']), 'us.anthropic.x-1'),
    ).toBeUndefined();
  });
});

describe('isSameModel', () => {
  it.each([
    ['claude-sonnet-4-5[1m]', 'claude-sonnet-4-5-20250929', true],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5', true],
    ['claude-sonnet-4-5', 'claude-sonnet-4-50', false],
    ['', 'claude-sonnet-4-5', false],
    ['claude-sonnet-4-5[1m]', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', true],
    ['claude-sonnet-4-5[1m]', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', false],
    ['sonnet[1m]', 'claude-sonnet-4-5@20250929', true],
    ['sonnet[1m]', 'claude-opus-4-8', false],
    ['claude-opus-4-20250514', 'claude-opus-4-0', true],
    ['claude-opus-4', 'claude-opus-4-1', false],
    ['anthropic/claude-3.5-sonnet', 'claude-3-5-sonnet-20241022', true],
    ['arn:aws:bedrock:eu-west-1:1:application-inference-profile/x[1m]', 'claude-opus-4-8', true],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(isSameModel(one, other)).toBe(expected);
  });
});
