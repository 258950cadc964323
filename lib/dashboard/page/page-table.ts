import type { FunctionComponent } from 'preact';
import { AgentsPage } from './pages/agents.tsx';
import { CostPage } from './pages/cost.tsx';
import { FailuresPage } from './pages/failures.tsx';
import { EventsPage } from './pages/events.tsx';
import { DeadLettersPage } from './pages/dead-letters.tsx';
import { ReportsPage } from './pages/reports.tsx';
import { SecurityPage } from './pages/security.tsx';
import { SystemPage } from './pages/system.tsx';
import { NowPage } from './pages/now.tsx';
import { SessionPage } from './pages/session.tsx';
import { SessionsPage } from './pages/sessions.tsx';
import type { PageParts } from './router.ts';

export interface PageRow {
  readonly title: string;
  /** `:id` matches one part of a path. */
  readonly path: string;
  /** `g` and this letter lead there; left out: it is not in the navigation. */
  readonly letter?: string;
  readonly page: FunctionComponent<PageParts>;
}

/** Every page, in the order of the navigation. */
export const PAGES: readonly PageRow[] = [
  { title: 'Now', path: '/', letter: 'n', page: NowPage },
  { title: 'Sessions', path: '/sessions', letter: 's', page: SessionsPage },
  { title: 'Session', path: '/sessions/:id', page: SessionPage },
  { title: 'Failures', path: '/failures', letter: 'f', page: FailuresPage },
  { title: 'Agents', path: '/agents', letter: 'a', page: AgentsPage },
  { title: 'Cost', path: '/cost', letter: 'c', page: CostPage },
  { title: 'Events', path: '/events', letter: 'e', page: EventsPage },
  { title: 'Dead letters', path: '/dead-letters', letter: 'd', page: DeadLettersPage },
  { title: 'Security', path: '/security', letter: 'y', page: SecurityPage },
  { title: 'Reports', path: '/reports', letter: 'r', page: ReportsPage },
  { title: 'System', path: '/system', letter: 'm', page: SystemPage },
];

/** The page at a path, and what its `:id` is; `undefined` where there is none. */
export function findPage(path: string): { readonly row: PageRow; readonly id: string } | undefined {
  for (const row of PAGES) {
    const [start = '', hasId] = row.path.split(':id');
    if (hasId === undefined ? path === row.path : isBelow(path, start))
      return { row, id: hasId === undefined ? '' : textOf(path.slice(start.length)) };
  }
  return undefined;
}

function isBelow(path: string, start: string): boolean {
  return path.startsWith(start) && path.length > start.length;
}

function textOf(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // no text that was encoded
  }
}
