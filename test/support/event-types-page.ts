import { PLACE_FIELDS } from '../../lib/events/types/place.ts';
import { ALIASES, EVENT_TYPES } from '../../lib/events/types/registry.ts';
import { isJsonObject, type JsonObject, objectField, stringField } from '../../lib/core/json.ts';
import { namesOf, payloadSchema } from './event-types-schema.ts';

const INTRODUCTION = `# Types of events

Made by \`npm run docs:types\` from \`lib/events/types/\`; do not edit. [Events](events.md) says what an event is and how to send one,
[event-types.schema.json](event-types.schema.json) is the same for programs, [Types under the real client](event-types-observed.md) shows what a session made.

Fields that are not named pass, and a field may be missing unless it is marked **needed**. A named field of another kind refuses the event.
`;

/** The text of docs/event-types.md. */
export function eventTypesPage(): string {
  const types = namesOf();
  const rows = types.map(
    (type) =>
      `| [\`${type}\`](#${type.replace('.', '')}) | ${EVENT_TYPES[type].doc} | ${sourcesOf(type)} |`,
  );
  const aliases = Object.entries(ALIASES).map(
    ([alias, type]) => `\`${alias}\` is stored as \`${type}\`.`,
  );
  return [
    INTRODUCTION,
    '| type | when | made by |\n|---|---|---|',
    ...rows,
    '',
    ...aliases,
    '',
    placeSection(),
    ...types.map(sectionOf),
    '',
  ].join('\n');
}

function sourcesOf(type: keyof typeof EVENT_TYPES): string {
  return EVENT_TYPES[type].madeBy.map(([source]) => source).join(', ');
}

/** The fields that nearly all types have are listed once. */
function placeSection(): string {
  const fields = Object.entries(
    objectField(payloadSchema('checkpoint.created'), 'properties'),
  ).filter(([name]) => Object.hasOwn(PLACE_FIELDS, name));
  return `## The place\n\nWhose event it is, and where: what most payloads begin with.\n\n${table(fields, [])}`;
}

function sectionOf(type: keyof typeof EVENT_TYPES): string {
  const { doc, madeBy, example } = EVENT_TYPES[type];
  const schema = payloadSchema(type);
  const properties = Object.entries(objectField(schema, 'properties'));
  const hasPlace = Object.keys(PLACE_FIELDS).every((name) =>
    properties.some(([own]) => own === name),
  );
  const needed = neededIn(schema);
  const own = properties.filter(
    ([name]) => !hasPlace || !Object.hasOwn(PLACE_FIELDS, name) || needed.includes(name),
  );
  const place = hasPlace ? `The [place](#the-place)${own.length === 0 ? '.' : ', and:'}` : '';
  const parts = [
    `## \`${type}\``,
    doc,
    madeBy.map(([source, from]) => `- ${source}: ${from}`).join('\n'),
    place,
    own.length === 0 ? '' : table(own, needed),
    `\`\`\`json\n${JSON.stringify(example)}\n\`\`\``,
  ];
  return `\n${parts.filter((part) => part !== '').join('\n\n')}`;
}

function table(fields: readonly (readonly [string, unknown])[], needed: readonly string[]): string {
  const rows = fields.flatMap(([name, field]) =>
    isJsonObject(field) ? rowsOf(name, field, needed.includes(name)) : [],
  );
  return `| field | kind | what |\n|---|---|---|\n${rows.join('\n')}`;
}

function rowsOf(name: string, field: JsonObject, isNeeded: boolean): readonly string[] {
  const row = `| \`${name}\` | ${kindOf(field)}${isNeeded ? ', **needed**' : ''} | ${stringField(field, 'description') ?? ''} |`;
  const inner = field['type'] === 'array' ? objectField(field, 'items') : field;
  const nested = Object.entries(objectField(inner, 'properties'));
  return [
    row,
    ...nested.flatMap(([own, deeper]) =>
      isJsonObject(deeper) ? rowsOf(`${name}.${own}`, deeper, false) : [],
    ),
  ];
}

function kindOf(field: JsonObject): string {
  const words = field['enum'];
  if (Array.isArray(words)) return words.map((word) => `\`${word}\``).join(', ');
  if (field['type'] === 'array') return `list of ${kindOf(objectField(field, 'items'))}s`;
  return (
    { boolean: 'true or false', integer: 'count' }[stringField(field, 'type') ?? ''] ??
    stringField(field, 'type') ??
    'anything'
  );
}

function neededIn(schema: JsonObject): readonly string[] {
  const required = schema['required'];
  return Array.isArray(required) ? required.map(String) : [];
}
