import { ageAndExcessOf, type FileKind } from '../../core/file-keeper.ts';
import { readTextOrEmpty } from '../../core/files.ts';

/** Views of sessions that the store has forgotten. */
export const resumeViews: FileKind = {
  name: 'views/resume',
  owns: /^views\/resume\//,
  folder: 'views/resume',
  doomed: ageAndExcessOf,
  // the view of a project says which of its sessions was the last
  isOf: (path, session, root) =>
    path === `views/resume/${session}.json` ||
    (path.startsWith('views/resume/by-project/') &&
      readTextOrEmpty(`${root}/${path}`).includes(session)),
};
