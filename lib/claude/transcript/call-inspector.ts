import type { JsonObject } from '../../core/json.ts';

/**
 * A closer look at calls while their transcript is read, for only heads of their texts are kept.
 * What it finds is stored beside the call, so it must not hold secrets; `undefined` is nothing.
 * Must be quick and must not throw.
 */
export interface CallInspector {
  readonly input: (tool: string, input: JsonObject) => JsonObject | undefined;
  readonly result: (text: string) => JsonObject | undefined;
}
