import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import type { FailedMoment, FailureView, KnownPattern, Moment } from './known-pattern.ts';
import { readTeamKnowledge } from './team-knowledge.ts';

const KINDS = ['invocation', 'environment', 'result', 'transient', 'information', 'other'] as const;
const ACTIONS = ['warn', 'ask', 'deny', 'auto-fix', 'mute'] as const;

/**
 * Reads what is known about the calls of one shape, by its key; `undefined` if nothing is, or if
 * the file is damaged or from a newer version. Never throws.
 */
export function readFailureView(views: string, key: string): FailureView | undefined {
  const view = readView(`${views}/failures/${key.slice(0, 2)}/${key}.json`);
  const [text, tool] =
    view === undefined ? [] : [stringField(view, 'text'), stringField(view, 'tool')];
  if (view?.['format'] !== 1 || text === undefined || tool === undefined) return undefined;
  return {
    format: 1,
    text,
    tool,
    patterns: objects(view, 'patterns').flatMap((pattern) => readPattern(pattern) ?? []),
  };
}

function readPattern(found: JsonObject): KnownPattern | undefined {
  const id = stringField(found, 'id');
  const tool = stringField(found, 'tool');
  const [kind, action] = [
    KINDS.find((name) => name === found['kind']),
    ACTIONS.find((name) => name === found['action']),
  ];
  if (
    id === undefined ||
    !/^[\w-]{1,64}$/.test(id) ||
    tool === undefined ||
    kind === undefined ||
    action === undefined
  )
    return undefined;
  const number = (name: string): number => numberField(found, name) ?? 0;
  const text = (name: string): string => stringField(found, name) ?? '';
  const team = readTeamKnowledge(found);
  return {
    ...(team === undefined ? {} : { team }),
    ...{
      id,
      tool,
      kind,
      action,
      isSet: found['isSet'] === true,
      scope: found['scope'] === 'global' ? 'global' : 'project',
    },
    ...{ error: text('error'), lastError: text('lastError'), lastCommand: text('lastCommand') },
    ...{
      count: number('count'),
      sessions: number('sessions'),
      firstAt: number('firstAt'),
      lastAt: number('lastAt'),
      successesSince: number('successesSince'),
    },
    fix: readFix(objectField(found, 'fix')),
    projects: items(found, 'projects').filter(
      (project): project is string => typeof project === 'string',
    ),
    failed: objects(found, 'failed').map(readFailed),
    succeeded: objects(found, 'succeeded').map(readMoment),
  };
}

function readFix(found: JsonObject): KnownPattern['fix'] {
  const text = stringField(found, 'text');
  if (text === undefined) return null;
  return {
    text,
    isEdit: found['isEdit'] === true,
    count: numberField(found, 'count') ?? 0,
    isWhole: found['isWhole'] === true,
  };
}

function readFailed(found: JsonObject): FailedMoment {
  const inARow = numberField(found, 'inARow');
  return { ...readMoment(found), ...(inARow === undefined ? {} : { inARow }) };
}

function readMoment(found: JsonObject): Moment {
  return { exact: stringField(found, 'exact') ?? '', at: numberField(found, 'at') ?? 0 };
}

function objects(found: JsonObject, name: string): readonly JsonObject[] {
  return items(found, name).filter(isJsonObject);
}

function items(found: JsonObject, name: string): readonly unknown[] {
  const list: unknown = found[name];
  return Array.isArray(list) ? list : [];
}
