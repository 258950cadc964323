import type { Subscription } from '../subscription.ts';
import type { HandlerSettings } from './handler-settings.ts';

/** A user's handler that was found, usable or not. */
export interface KnownHandler {
  /** `user/NAME`. */
  readonly name: string;
  readonly kind: 'executable' | 'module';
  readonly path: string;
  /** `loading`: a module that is loaded for the first time. */
  readonly state: 'ready' | 'loading' | 'refused';
  /** Why it is refused. */
  readonly reason?: string;
  readonly settings?: HandlerSettings;
  /** Set if it is ready. */
  readonly subscription?: Subscription;
}
