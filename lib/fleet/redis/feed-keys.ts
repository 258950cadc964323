import { createHash } from 'node:crypto';
import type { RedisPlace } from './redis-place.ts';

/** The consumer group of the workers that feed PostgreSQL. */
export const FEED_GROUP = 'waymark';

/**
 * Most bytes of an entry. A machine sends no larger one, and a worker reads none: it puts it aside
 * without its data.
 */
export const MAX_ENTRY_BYTES = 16_000_000;

/** Most letters that the data of an entry unpacks to. */
export const MAX_ENTRY_TEXT = 16_000_000;

type Named = Pick<RedisPlace, 'prefix'>;

/** The stream of a partition. */
export function streamKey({ prefix }: Named, partition: number): string {
  return `${prefix}:feed:${partition}`;
}

/** Where the workers write up to where PostgreSQL has the rows of a machine. */
export function receiptKey({ prefix }: Named, host: string): string {
  return `${prefix}:receipt:${host}`;
}

/** The stream of what PostgreSQL cannot take. */
export function deadKey({ prefix }: Named): string {
  return `${prefix}:dead`;
}

/** What others may learn: patterns by their ids, in what order they came, how far, and a bell. */
export function knowledgeKeys({ prefix }: Named) {
  const key = `${prefix}:knowledge`;
  return { rows: key, order: `${key}:order`, mark: `${key}:mark`, news: `${key}:news` };
}

/** Stands for a machine where its id is nobody's business. */
export function markOfHost(host: string): string {
  return createHash('sha256').update(host).digest('hex').slice(0, 16);
}

/** The partition of a machine: one stream has all its batches, in their order. */
export function partitionOf(host: string, { partitions }: Pick<RedisPlace, 'partitions'>): number {
  return createHash('sha256').update(host).digest().readUInt32BE(0) % partitions;
}

/** The id behind another one in a stream. */
export function nextId(id: string): string {
  const [time = '0', count = '0'] = id.split('-');
  return `${time}-${BigInt(count) + 1n}`;
}

/** Orders ids of a stream. */
export function compareIds(one: string, other: string): number {
  const [a, b] = [one, other].map((id) => id.split('-').map(BigInt));
  const [left = 0n, right = 0n] = a?.[0] === b?.[0] ? [a?.[1], b?.[1]] : [a?.[0], b?.[0]];
  return left < right ? -1 : left > right ? 1 : 0;
}
