import type { FileKind } from '../../core/file-keeper.ts';
import { readTextOrEmpty } from '../../core/files.ts';

/**
 * What was spent today and by sessions at work. The worker writes it anew without a session that
 * was forgotten, and removes it when no budget is set.
 */
export const budgetViews: FileKind = {
  name: 'views/budget',
  owns: /^views\/budget\//,
  folder: 'views/budget',
  isOfSessions: (path, sessions, root) => {
    const text = readTextOrEmpty(`${root}/${path}`);
    return [...sessions].some((session) => text.includes(JSON.stringify(session)));
  },
};
