import { type FileKeeper, removeOldFiles } from '../../core/file-keeper.ts';

/** Views of sessions that the store has forgotten. */
export const resumeViewKeeper: FileKeeper = {
  name: 'views/resume',
  prune: ({ views }, before) => {
    for (const place of ['resume', 'resume/by-project'])
      removeOldFiles(`${views}/${place}`, before);
  },
};
