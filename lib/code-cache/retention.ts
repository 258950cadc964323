import { type FileKind, selectByAgeAndExcess } from '../core/file-keeper.ts';

/** What V8 compiled of commands and hooks. Made again when it is missing. */
export const codeCache: FileKind = {
  name: 'cache',
  owns: /^cache\//,
  folder: 'cache',
  selectDeletable: selectByAgeAndExcess,
};
