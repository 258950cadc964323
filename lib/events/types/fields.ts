import * as v from 'valibot';
import { isJsonObject } from '../../core/json.ts';

/**
 * Fields of payloads, each with the words for rejecting a wrong value. All are optional; mandatory
 * ones are in {@link required}.
 */
export const text = (doc: string) => v.exactOptional(required.text(doc));
/** A text, or `null` for "known to be none". */
export const textOrNone = (doc: string) => v.exactOptional(v.nullable(required.text(doc)));
export const number = (doc: string) =>
  v.exactOptional(v.pipe(v.number('must be a number'), v.description(doc)));
export const count = (doc: string) => v.exactOptional(required.count(doc));
export const flag = (doc: string) =>
  v.exactOptional(v.pipe(v.boolean('must be true or false'), v.description(doc)));
export const texts = (doc: string) =>
  v.exactOptional(
    v.pipe(v.array(v.string('must be a string'), 'must be a list of strings'), v.description(doc)),
  );

/** One of several words. */
export const word = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  doc: string,
) =>
  v.exactOptional(
    v.pipe(
      v.picklist(words, `must be ${words.join(', ').replace(/, ([^,]*)$/, ' or $1')}`),
      v.description(doc),
    ),
  );

/** An object with named fields; others are allowed. */
export const open = <const Fields extends v.ObjectEntries>(fields: Fields) =>
  // v.looseObject would accept a list as an object.
  v.pipe(v.custom(isJsonObject, 'must be an object'), v.looseObject(fields));

export const object = <const Fields extends v.ObjectEntries>(fields: Fields, doc: string) =>
  v.exactOptional(v.pipe(open(fields), v.description(doc)));
export const objects = <const Fields extends v.ObjectEntries>(fields: Fields, doc: string) =>
  v.exactOptional(v.pipe(v.array(open(fields), 'must be a list of objects'), v.description(doc)));

const COUNT = 'must be a whole number, 0 or more';

export const required = {
  text: (doc: string) => v.pipe(v.string('must be a string'), v.description(doc)),
  count: (doc: string) =>
    v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(0, COUNT), v.description(doc)),
};
