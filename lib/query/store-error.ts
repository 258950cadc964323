import { WaymarkError } from '../core/errors.ts';
import { type StoreFault, storeFaultOf } from '../store/store-fault.ts';

/** The error a person gets for a fault of the store, or `undefined` for anything else. */
export function storeError(thrown: unknown): WaymarkError | undefined {
  const fault = storeFaultOf(thrown);
  if (fault === undefined) return undefined;
  return new WaymarkError(
    stateOf(fault) === 'corrupt' ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE',
    `Cannot use the store: ${fault.message}`,
    { cause: thrown },
  );
}

/** What a fault means to a reader of the store. */
export function stateOf(fault: StoreFault): 'locked' | 'corrupt' | 'unavailable' {
  if (fault.kind === 'BUSY' || fault.kind === 'LOCKED') return 'locked';
  return fault.kind === 'CORRUPT' || fault.kind === 'NOTADB' ? 'corrupt' : 'unavailable';
}
