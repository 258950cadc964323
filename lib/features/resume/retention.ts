import { selectByAgeAndExcess, type FileKind } from '../../core/file-keeper.ts';
import { readTextOrEmpty } from '../../core/files.ts';

/** Views of sessions that the store no longer has. */
export const resumeViews: FileKind = {
  name: 'views/resume',
  owns: /^views\/resume\//,
  folder: 'views/resume',
  selectDeletable: selectByAgeAndExcess,
  // the view of a project lists its latest sessions
  isOfSessions: (path, sessions, root) => {
    const named = /^views\/resume\/([^/]+)\.json$/.exec(path)?.[1];
    if (named !== undefined) return sessions.has(named);
    const view = readTextOrEmpty(`${root}/${path}`);
    return [...sessions].some((session) => view.includes(session));
  },
};
