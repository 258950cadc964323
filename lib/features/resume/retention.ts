import { ageAndExcessOf, type FileKind } from '../../core/file-keeper.ts';

/** Views of sessions that the store has forgotten. */
export const resumeViews: FileKind = {
  name: 'views/resume',
  owns: /^views\/resume\//,
  folder: 'views/resume',
  doomed: ageAndExcessOf,
  isOf: (path, session) => path === `views/resume/${session}.json`,
};
