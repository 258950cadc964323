import { selectByAgeAndExcess, type FileKind } from '../../core/file-keeper.ts';

/** Restore notices that sessions have not got yet. */
export const restoredViews: FileKind = {
  name: 'views/restored',
  owns: /^views\/restored\//,
  folder: 'views/restored',
  selectDeletable: selectByAgeAndExcess,
  isOfSessions: (path, sessions) =>
    sessions.has(/^views\/restored\/([^/]+)\.json$/.exec(path)?.[1] ?? ''),
};
