import type { TableDefinition } from '../../store/sink.ts';

/** Used part of each subscription window, as the client reported it last. */
export const ACCOUNT_LIMITS: TableDefinition = {
  table: 'account_limits',
  key: ['config_folder', 'name'],
  latest: [['at', 'used', 'resets_at']],
};
