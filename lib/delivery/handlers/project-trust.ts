import { statSync } from 'node:fs';
import { realPathOr } from '../../core/state-folder.ts';
import { changedFiles, digestFolder, folderSignature } from './folder-digest.ts';
import { projectHandlers, readTrusted, type TrustedProject, trustFile } from './trust.ts';

/** Knows which projects are trusted, and whether their handlers are still what was trusted. */
export interface ProjectTrust {
  /** The same list as before while the file has not changed. */
  projects(): readonly TrustedProject[];
  /** Why nothing of the project may run; `undefined` when it may. Reads contents only after a file changed. Never throws. */
  problem(trusted: TrustedProject): string | undefined;
}

export function projectTrust(root: string): ProjectTrust {
  const file = trustFile(root);
  let seen = 'never';
  let projects: readonly TrustedProject[] = [];
  let judged = new Map<
    TrustedProject,
    { readonly signature: string; readonly problem: string | undefined }
  >();
  return {
    projects: () => {
      const found = statSync(file, { throwIfNoEntry: false });
      const state =
        found === undefined
          ? 'none'
          : `${found.ino} ${found.mtimeMs} ${found.ctimeMs} ${found.size}`;
      if (state === seen) return projects;
      seen = state;
      projects = readTrusted(file);
      judged = new Map();
      return projects;
    },
    problem: (trusted) => {
      const signature = folderSignature(projectHandlers(trusted.project));
      const known = judged.get(trusted);
      if (signature !== undefined && known?.signature === signature) return known.problem;
      const problem = judge(trusted);
      if (signature !== undefined) judged.set(trusted, { signature, problem });
      return problem;
    },
  };
}

function judge({ project, files }: TrustedProject): string | undefined {
  const folder = projectHandlers(project);
  if (realPathOr(folder) !== folder) return 'a link leads to its folder';
  const read = digestFolder(folder);
  if (read.problem !== undefined) return read.problem;
  const changed = changedFiles(files, read.digest);
  const more = changed.length > 3 ? ` and ${changed.length - 3} more` : '';
  return changed.length === 0
    ? undefined
    : `changed since it was trusted: ${changed.slice(0, 3).join(', ')}${more}; look at it, then run \`waymark handlers trust ${project}\``;
}
