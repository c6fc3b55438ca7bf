import { isFloat } from '../../../dtype.ts';
import type { ExpertRows, LowRankEncoding } from '../../../elements/encoding.ts';
import type { CheckpointTensor } from '../checkpoint.ts';
import { type Projection, separateName } from '../expert-names.ts';
import type { AdapterConfig } from './adapter-config.ts';
import type { AdapterModule } from './adapter-tensors.ts';

/** Families that store packed experts as [experts, in, out]; others as [experts, out, in]. Asked only if both have the same shape. */
const IN_FIRST = /^(gpt_oss|llama4|llama4_text)$/;

/** A base tensor that a module over packed experts changes, and how. */
export interface ExpertTarget {
  readonly name: string;
  readonly encoding: LowRankEncoding<CheckpointTensor>;
}

/** Whether a module wraps parameters of packed experts (`target_parameters`) and not a linear layer. */
export function isOverExperts({ name, depth }: AdapterModule): boolean {
  return depth > 0 || /(^|\.)experts$/.test(name);
}

/**
 * The base tensors that a module over the packed experts of a layer changes: one, or where the base's files hold experts one by one, all of
 * them. PEFT holds A as [experts·rank, in] and B as [out, rank·experts].
 * @param places names of the module in the base
 * @returns empty if the base has no experts of these shapes
 */
export function expertTargets(
  module: AdapterModule,
  places: readonly string[],
  tensors: ReadonlyMap<string, CheckpointTensor>,
  config: AdapterConfig,
  family: string | undefined,
): readonly ExpertTarget[] {
  const { a, b } = module;
  const [[joined = 0, inputs = 0], [outputs = 0]] = [a?.shape ?? [], b?.shape ?? []];
  if (a === undefined || b === undefined || b.shape[1] !== joined) return [];
  const make = (own: CheckpointTensor, experts: ExpertRows, parameter: string, inFirst: boolean): ExpertTarget => {
    const rank = joined / experts.total;
    const columns = own.shape.at(-1) ?? 0;
    const rows = own.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const [left, right] = inFirst ? [a, b] : [b, a];
    const scale = config.scaleOf(`${module.name}.${parameter}`, rank);
    return {
      name: own.name,
      encoding: { kind: 'low_rank', rows, columns, rank, scale, left, right, transposed: inFirst, experts },
    };
  };
  for (const place of places) {
    for (const parameter of ['gate_up_proj', 'down_proj']) {
      const own = tensors.get(`${place}.${parameter}`);
      const [total, rows, columns] = own?.shape ?? [];
      if (own === undefined || total === undefined || rows === undefined || !isPlain(own)) continue;
      if (own.shape.length !== 3 || joined % total !== 0) continue;
      const [outFirst, inFirst] = [outputs === rows && inputs === columns, inputs === rows && outputs === columns];
      if (!outFirst && !inFirst) continue;
      const isInFirst = inFirst && (!outFirst || IN_FIRST.test(family ?? ''));
      return [make(own, { total, first: 0, rows, offset: 0 }, parameter, isInFirst)];
    }
    const prefix = place.replace(/experts$/, '');
    for (const style of ['proj', 'w'] as const) {
      const listOf = (projection: Projection): CheckpointTensor[] => {
        const list: CheckpointTensor[] = [];
        for (let own = tensors.get(separateName(prefix, 0, projection, style)); own !== undefined;) {
          list.push(own);
          own = tensors.get(separateName(prefix, list.length, projection, style));
        }
        return list;
      };
      const fitting = (list: readonly CheckpointTensor[], parts: number): boolean =>
        list.length > 0 &&
        joined % list.length === 0 &&
        list.every((own) => isPlain(own) && own.shape.join() === [outputs / parts, inputs].join());
      const [gate, up, down] = [listOf('gate'), listOf('up'), listOf('down')];
      const each = (list: readonly CheckpointTensor[], parameter: string, offset: number): ExpertTarget[] =>
        list.map((own, first) => {
          return make(own, { total: list.length, first, rows: own.shape[0] ?? 0, offset }, parameter, false);
        });
      if (gate.length === up.length && fitting(gate, 2) && fitting(up, 2)) {
        return [...each(gate, 'gate_up_proj', 0), ...each(up, 'gate_up_proj', outputs / 2)];
      }
      if (fitting(down, 1)) return each(down, 'down_proj', 0);
    }
  }
  return [];
}

function isPlain({ dtype, stored }: CheckpointTensor): boolean {
  return isFloat(dtype) && dtype !== 'F64' && stored === undefined;
}
