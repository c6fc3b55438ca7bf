import * as z from 'zod';

/**
 * The keys that a schema knows at a place of a file, for "did you mean": read from the schema itself, so that they are
 * never behind it.
 */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input', reused: 'inline' });
  let nodes: readonly unknown[] = alternatives(root);
  for (const part of path) {
    nodes = nodes.flatMap((node) =>
      alternatives(typeof part === 'number' ? items(node) : property(node, String(part))),
    );
  }
  return [...new Set(nodes.flatMap((node) => Object.keys(properties(node))))];
}

function alternatives(node: unknown): unknown[] {
  const own = entry(node, 'anyOf');
  return Array.isArray(own) ? own.flatMap(alternatives) : [node];
}

function items(node: unknown): unknown {
  return entry(node, 'items');
}

function property(node: unknown, name: string): unknown {
  return entry(properties(node), name) ?? entry(node, 'additionalProperties');
}

function properties(node: unknown): object {
  const own = entry(node, 'properties');
  return typeof own === 'object' && own !== null ? own : {};
}

function entry(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null
    ? Object.entries(node).find(([name]) => name === key)?.[1]
    : undefined;
}
