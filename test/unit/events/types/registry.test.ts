import { describe, expect, it } from 'vitest';
import { checkType } from '../../../../lib/events/types/check-event.ts';
import { ALIASES, EVENT_TYPES } from '../../../../lib/events/types/registry.ts';
import { isJsonObject, type JsonObject, objectField } from '../../../../lib/core/json.ts';
import { namesOf, payloadSchema } from '../../../support/event-types-schema.ts';
import { testEvent } from '../../../support/test-event.ts';

const check = (type: string, payload: JsonObject) =>
  checkType(testEvent({ event_type: type, payload }), 'refuse');
const exampleOf = (type: keyof typeof EVENT_TYPES): JsonObject => {
  const { example } = EVENT_TYPES[type];
  return { ...example };
};

/**
 * Every field that a schema names, as a path, with the path at which its place is (the first entry
 * of a list).
 */
function fieldsIn(
  schema: JsonObject,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  return Object.entries(objectField(schema, 'properties')).flatMap(([name, field]) => {
    if (!isJsonObject(field)) return [];
    const own = [...path, name];
    return [
      own,
      ...(field['type'] === 'array'
        ? fieldsIn(objectField(field, 'items'), [...own, '0'])
        : fieldsIn(field, own)),
    ];
  });
}

/** The object with something there that no field may be: a list within a list. */
function broken(base: JsonObject, [name = '', ...rest]: readonly string[]): JsonObject {
  const wrong = [[[]]];
  if (rest.length === 0) return { ...base, [name]: wrong };
  if (rest[0] === '0') return { ...base, [name]: [broken({}, rest.slice(1))] };
  return { ...base, [name]: broken(objectField(base, name), rest) };
}

describe.each(namesOf())('the type %s', (type) => {
  it('takes its example, and further fields', () => {
    expect(check(type, exampleOf(type))).toMatchObject({ ok: true });
    expect(check(type, { ...exampleOf(type), of_a_later_version: [1] })).toMatchObject({
      ok: true,
    });
  });

  it('names each field that is wrong by its path', () => {
    const fields = fieldsIn(payloadSchema(type));
    expect(fields.length).toBeGreaterThan(0);
    for (const path of fields) {
      const result = check(type, broken(exampleOf(type), path));
      const [first] = result.ok ? [] : [result.field];
      // a list is met at its first entry
      expect(first?.replace(/(\.0)+$/, '')).toBe(`payload.${path.join('.')}`);
    }
  });

  it('names each field that is missing and needed', () => {
    const { required } = payloadSchema(type);
    for (const name of Array.isArray(required) ? required.map(String) : []) {
      const { [name]: _, ...rest } = exampleOf(type);
      expect(check(type, rest)).toEqual({
        ok: false,
        field: `payload.${name}`,
        reason: 'is missing',
      });
    }
  });

  it('shows in its example only fields that it names', () => {
    const named = Object.keys(objectField(payloadSchema(type), 'properties'));
    expect(Object.keys(exampleOf(type)).filter((name) => !named.includes(name))).toEqual([]);
  });

  it('has a name of one category, a sentence and a maker', () => {
    const { doc, madeBy } = EVENT_TYPES[type];
    expect(type).toMatch(/^[a-z]+\.[a-z_]+$/);
    expect(doc).toMatch(/^[A-Z`].*\.$/);
    expect(madeBy.length).toBeGreaterThan(0);
  });
});

describe('ALIASES', () => {
  it('are no types themselves', () => {
    expect(Object.keys(ALIASES).filter((alias) => Object.hasOwn(EVENT_TYPES, alias))).toEqual([]);
  });
});
