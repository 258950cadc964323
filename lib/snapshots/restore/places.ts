interface Folder {
  /** That of a store. */
  readonly folder: string;
}

/** Held by the one restore of a work tree that runs. */
export function restoreLock({ folder }: Folder): string {
  return `${folder}/restore.lock`;
}

/** Where the restores of a work tree are noted. */
export function journalFolder({ folder }: Folder): string {
  return `${folder}/restores`;
}
