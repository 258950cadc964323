import type { AddCommand, LoadCommand } from './command-context.ts';

/** The code of each command in `command-table.ts`, and of `waymark` alone. */
const LOADERS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  overview: async () => (await import('./commands/overview.ts')).addOverview,
  status: async () => (await import('./commands/status.ts')).addStatus,
  dashboard: async () => (await import('./commands/dashboard.ts')).addDashboard,
  sessions: async () => (await import('./commands/sessions.ts')).addSessions,
  search: async () => (await import('./commands/search.ts')).addSearch,
  open: async () => (await import('./commands/open.ts')).addOpen,
  show: async () => (await import('./commands/show.ts')).addShow,
  export: async () => (await import('./commands/export.ts')).addExport,
  resume: async () => (await import('./commands/resume.ts')).addResume,
  events: async () => (await import('./commands/events.ts')).addEvents,
  trace: async () => (await import('./commands/trace.ts')).addTrace,
  log: async () => (await import('./commands/log.ts')).addLog,
  failures: async () => (await import('./commands/failures.ts')).addFailures,
  routing: async () => (await import('./commands/routing.ts')).addRouting,
  report: async () => (await import('./commands/report.ts')).addReport,
  cost: async () => (await import('./commands/cost.ts')).addCost,
  budget: async () => (await import('./commands/budget.ts')).addBudget,
  import: async () => (await import('./commands/import.ts')).addImport,
  emit: async () => (await import('./commands/emit.ts')).addEmit,
  replay: async () => (await import('./commands/replay.ts')).addReplay,
  checkpoints: async () => (await import('./commands/checkpoints.ts')).addCheckpoints,
  diff: async () => (await import('./commands/diff.ts')).addDiff,
  history: async () => (await import('./commands/history.ts')).addHistory,
  checkpoint: async () => (await import('./commands/checkpoint.ts')).addCheckpoint,
  restore: async () => (await import('./commands/restore.ts')).addRestore,
  'auto-commit': async () => (await import('./commands/auto-commit.ts')).addAutoCommit,
  worker: async () => (await import('./commands/worker.ts')).addWorker,
  service: async () => (await import('./commands/service.ts')).addService,
  dispatch: async () => (await import('./commands/dispatch.ts')).addDispatch,
  schedule: async () => (await import('./commands/schedule.ts')).addSchedule,
  handlers: async () => (await import('./commands/handlers.ts')).addHandlers,
  webhooks: async () => (await import('./commands/webhooks.ts')).addWebhooks,
  fleet: async () => (await import('./commands/fleet.ts')).addFleet,
  store: async () => (await import('./commands/store.ts')).addStore,
  dead: async () => (await import('./commands/dead.ts')).addDead,
  clean: async () => (await import('./commands/clean.ts')).addClean,
  forget: async () => (await import('./commands/forget.ts')).addForget,
  config: async () => (await import('./commands/config.ts')).addConfig,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  install: async () => (await import('./commands/install.ts')).addInstall,
  uninstall: async () => (await import('./commands/install.ts')).addUninstall,
  statusline: async () => (await import('./commands/statusline.ts')).addStatusline,
  demo: async () => (await import('./commands/demo.ts')).addDemo,
  mcp: async () => (await import('./commands/mcp.ts')).addMcp,
  docs: async () => (await import('./commands/docs.ts')).addDocs,
  completion: async () => (await import('./commands/completion.ts')).addCompletion,
  version: async () => (await import('./commands/version.ts')).addVersion,
};

/** Imports the module of a command when it is called. */
export const loadCommand: LoadCommand = (name) => {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`Cannot load command ${name}: no such module`);
  return load();
};
