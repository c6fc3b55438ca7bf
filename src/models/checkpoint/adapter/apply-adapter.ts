import { SwizzleError } from '../../../errors.ts';
import type { LowRankEncoding } from '../../../elements/encoding.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import { parseConfig } from '../architecture.ts';
import type { AdapterConfig } from './adapter-config.ts';
import { type AdapterTensors, adapterTensors } from './adapter-tensors.ts';
import { type BaseNames, baseNames } from './base-names.ts';
import { expertTargets, isOverExperts } from './expert-targets.ts';
import { lowRankTarget } from './low-rank-target.ts';
import { MadeFiles } from './made-files.ts';
import { type TiedEnds, tiedEnds } from './tied-ends.ts';

/** A base model with an adapter over it, and what config.json and the user have to hear of it. */
export interface AppliedAdapter {
  readonly checkpoint: Checkpoint;
  /** Whether embedding and head are one matrix in the base and two here. */
  readonly untied: boolean;
  readonly notes: readonly string[];
}

/**
 * Applies a LoRA adapter to a base model, as one checkpoint: tensors that the adapter changes are derived by a lane, tensors that it saves
 * whole replace the base's. Nothing is computed here. The result computes what PEFT's model computes in its forward pass.
 * @throws SwizzleError 'mismatch' that lists every target that the base lacks, or has in another shape
 */
export function applyAdapter(base: Checkpoint, adapter: Checkpoint, config: AdapterConfig): AppliedAdapter {
  const offset = base.shards.length;
  const moved = [...adapter.tensors.values()].map((tensor) => moveShards(tensor, offset));
  const found = adapterTensors(moved, config.isSaved);
  const tied = tiedEnds(base);
  const made = new MadeFiles([...base.shards, ...adapter.shards]);
  const targets = new Targets(base, tied, made);
  const names = baseNames(found, targets.tensors);
  targets.apply(found, names, config);
  const untied = targets.settleTied(config.staysTied);
  targets.checkRows();
  if (moved.length === 0) targets.problems.push('it holds no tensors');
  if (targets.problems.length > 0) {
    const lines = targets.problems.map((problem) => `  ${problem}`);
    const head = `${adapter.label} is not an adapter of ${base.label}, ${lines.length} of its targets do not fit:`;
    throw new SwizzleError('mismatch', [head, ...lines, ...names.hints], {
      details: { count: lines.length },
    });
  }
  const label = `${base.label}+${adapter.label}`;
  const part = untied
    ? [
        `${label}: the adapter changes only one of embedding and head, which are tied in ${base.label}: writing ${targets.head} and tie_word_embeddings: false`,
      ]
    : [];
  return {
    checkpoint: {
      ...base,
      label,
      shards: made.shards,
      tensors: targets.tensors,
      adapted: { base, adapter },
    },
    untied,
    notes: [...names.changes.map((change) => `${adapter.label}: ${change}, as in ${base.label}`), ...part],
  };
}

/** The base's tensors, changed step by step. A head that is tied is one of them until the end. */
class Targets {
  readonly tensors: Map<string, CheckpointTensor>;
  readonly problems: string[] = [];
  readonly head: string | undefined;
  readonly #base: Checkpoint;
  readonly #tied: TiedEnds | undefined;
  readonly #family: string | undefined;
  /** Ends of a tied model that the adapter changes on their own. */
  readonly #changed = new Set<string>();
  /** Tensors of which the adapter holds a copy: as PEFT had changed them. */
  readonly #copied = new Set<string>();
  readonly #made: MadeFiles;

  constructor(base: Checkpoint, tied: TiedEnds | undefined, made: MadeFiles) {
    this.#base = base;
    this.#made = made;
    this.#tied = tied;
    this.head = tied?.head;
    this.tensors = new Map(base.tensors);
    const family = parseConfig(base.config)?.['model_type'];
    this.#family = typeof family === 'string' ? family : undefined;
    const embedding = tied && base.tensors.get(tied.embedding);
    if (tied && embedding && !base.tensors.has(tied.head))
      this.tensors.set(tied.head, { ...embedding, name: tied.head });
  }

  apply(found: AdapterTensors, { places, expertPlaces }: BaseNames, config: AdapterConfig): void {
    for (const [name, copy] of found.bases) {
      const own = this.#replace(name, copy, places);
      if (own === undefined) continue;
      this.#copied.add(own);
      if (this.#isEnd(own)) this.#shareBetweenEnds(own);
    }
    for (const module of found.modules) {
      if (isOverExperts(module)) {
        if (config.olora) this.problems.push(`${module.name}: OLoRA on packed experts is not supported`);
        const experts = expertTargets(module, expertPlaces(module.name), this.tensors, config, this.#family);
        if (experts.length === 0)
          this.problems.push(`${module.name}: the base has no experts of this adapter's shapes`);
        for (const { name, encoding } of experts) this.#derive(name, encoding);
        continue;
      }
      const name = `${module.name}.weight`;
      const [place, own] = this.#find(name, places);
      if (own === undefined) continue;
      const losesInitial = config.olora && !module.embedding && !this.#copied.has(place);
      if (losesInitial && this.#isEnd(place)) {
        this.problems.push(`${name}: OLoRA on a head that is tied to the embedding is not supported`);
        continue;
      }
      const target = { family: this.#family, losesInitial, made: this.#made };
      const encoding = lowRankTarget(own, module, config, target);
      if (typeof encoding === 'string') this.problems.push(`${name}: ${encoding}`);
      else {
        this.#derive(place, encoding);
        this.#changed.add(place);
      }
    }
    for (const [name, tensor] of found.saved) {
      const own = this.#replace(name, tensor, places);
      if (own !== undefined) this.#changed.add(own);
    }
  }

  #derive(place: string, encoding: LowRankEncoding<CheckpointTensor>): void {
    const own = this.tensors.get(place);
    if (own === undefined) return;
    this.tensors.set(place, { ...own, stored: { dtype: own.stored?.dtype ?? own.dtype, encoding } });
  }

  /** Lets tied ends stay one matrix, or parts them if they differ. @returns whether they are two matrices now */
  settleTied(staysTied: boolean): boolean {
    const tied = this.#tied;
    if (tied === undefined) return false;
    const { embedding, head } = tied;
    const apart = !staysTied && (this.#changed.has(embedding) || this.#changed.has(head));
    if (apart) {
      if (tied.shared) {
        this.problems.push(
          `${embedding}: is shared by encoder, decoder and output head; an adapter that changes only some of them is not supported`,
        );
      }
      const [tiedBias, ownBias] = tied.bias ?? [];
      const bias = tiedBias === undefined ? undefined : this.tensors.get(tiedBias);
      if (bias !== undefined && ownBias !== undefined) this.tensors.set(ownBias, { ...bias, name: ownBias });
      return true;
    }
    const source = this.#changed.has(embedding) ? embedding : this.#changed.has(head) ? head : undefined;
    const tensor = source === undefined ? undefined : this.tensors.get(source);
    if (tensor !== undefined) this.tensors.set(embedding, { ...tensor, name: embedding });
    if (!this.#base.tensors.has(head)) this.tensors.delete(head);
    else if (tensor !== undefined) this.tensors.set(head, { ...tensor, name: head });
    return false;
  }

  /** Embedding and head count the same tokens. */
  checkRows(): void {
    const grown = [...this.tensors].find(([name, { shape }]) => {
      const before = this.#base.tensors.get(name);
      return before !== undefined && this.#isRowPerToken(name) && before.shape[0] !== shape[0];
    });
    if (grown === undefined) return;
    const [grownName, { shape }] = grown;
    for (const [name, tensor] of this.tensors) {
      if (!this.#isRowPerToken(name) || tensor.shape[0] === shape[0]) continue;
      const before = this.#base.tensors.get(grownName);
      if (tensor.shape[0] !== before?.shape[0]) continue;
      this.problems.push(`${name}: has ${tensor.shape[0]} rows, but the adapter's ${grownName} has ${shape[0]}`);
    }
  }

  #isRowPerToken(name: string): boolean {
    return ROW_PER_TOKEN.test(name);
  }

  #isEnd(name: string): boolean {
    return this.#tied !== undefined && (name === this.#tied.embedding || name === this.#tied.head);
  }

  #shareBetweenEnds(changed: string): void {
    const tensor = this.tensors.get(changed);
    if (tensor === undefined || this.#tied === undefined) return;
    for (const name of [this.#tied.embedding, this.#tied.head]) {
      this.tensors.set(name, { ...tensor, name });
      this.#copied.add(name);
    }
  }

  #find(name: string, places: ReadonlyMap<string, string>): [place: string, own: CheckpointTensor | undefined] {
    const place = places.get(name);
    const own = place === undefined ? undefined : this.tensors.get(place);
    if (own === undefined) this.problems.push(`${name}: is not in the base`);
    return [place ?? name, own];
  }

  /** @returns the name of the tensor that was replaced; undefined, and noted, if it does not fit */
  #replace(name: string, tensor: CheckpointTensor, places: ReadonlyMap<string, string>): string | undefined {
    const [place, own] = this.#find(name, places);
    if (own === undefined) return undefined;
    const mayGrow = own.shape.length === 2 && own.shape[1] === tensor.shape[1];
    if (!mayGrow && own.shape.join() !== tensor.shape.join()) {
      this.problems.push(`${name}: [${tensor.shape.join(', ')}], in the base [${own.shape.join(', ')}]`);
      return undefined;
    }
    this.tensors.set(place, { ...tensor, name: place });
    return place;
  }
}

const ROW_PER_TOKEN =
  /(^|\.)(embed_tokens|wte|embed_in|word_embeddings|tok_embeddings|shared|lm_head|embed_out|decoder)\.weight$/;

function moveShards(tensor: CheckpointTensor, offset: number): CheckpointTensor {
  const ranges = tensor.ranges?.map((range) => ({ ...range, file: range.file + offset }));
  return { ...tensor, file: tensor.file + offset, ...(ranges && { ranges }) };
}
