import { type ErrorCode, WaymarkError } from '../core/errors.ts';
import { type StoreFault, storeFaultOf } from '../store/store-fault.ts';

/** The error a person gets for a fault of the store, or `undefined` for anything else. */
export function storeError(thrown: unknown): WaymarkError | undefined {
  const fault = storeFaultOf(thrown);
  if (fault === undefined) return undefined;
  return new WaymarkError(codeOf(fault), `Cannot use the store: ${fault.message}`, {
    cause: thrown,
  });
}

function codeOf(fault: StoreFault): ErrorCode {
  if (fault.kind === 'TOO_NEW') return 'STORE_TOO_NEW';
  return classifyStoreFault(fault) === 'corrupt' ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE';
}

/** What a fault means to a reader of the store. */
export function classifyStoreFault(fault: StoreFault): 'locked' | 'corrupt' | 'unavailable' {
  if (fault.kind === 'BUSY' || fault.kind === 'LOCKED') return 'locked';
  return fault.kind === 'CORRUPT' || fault.kind === 'NOTADB' ? 'corrupt' : 'unavailable';
}
