import type { OpenSource } from '../../elements/byte-source.ts';
import { runChunks } from '../../run/execute/run-chunks.ts';
import { type MadePlaces, madePlaces, weightsWithMade } from '../../forward/made-places.ts';
import type { WeightSet } from '../../forward/weights.ts';
import type { Merger } from '../../run/merge/merger.ts';
import { workOfSome } from '../../plan/cut-plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { openScratchFiles, type ScratchFile } from './scratch-file.ts';

/**
 * The weights of all variants of a plan, whatever its method. What is no plain sum is made by the merge's own passes when a stage of
 * the forward pass is about to read it, for all variants from one read a pass, into scratch files that hold one stage's tensors.
 */
export class MadeWeights implements AsyncDisposable {
  readonly weights: WeightSet;
  readonly #plan: Plan;
  readonly #places: MadePlaces;
  readonly #merger: Merger;
  readonly #files: readonly ScratchFile[];
  readonly #inputs: readonly OpenSource[];
  readonly #stack: ResourceStack;
  /** Tensors that are in the files. */
  #there: ReadonlySet<string> = new Set();

  /** @throws SwizzleError 'io', 'checkpoint' */
  static async open(plan: Plan, merger: Merger): Promise<MadeWeights> {
    const stack = new ResourceStack();
    try {
      const places = madePlaces(plan.lead.label, plan);
      if (places.tensors.size === 0) return new MadeWeights(plan, places, merger, [], [], stack);
      const files = await openScratchFiles(places.bytes, stack);
      const inputs: OpenSource[] = [];
      for (const file of plan.inputs) inputs.push(stack.use(await merger.openSource(file)));
      return new MadeWeights(plan, places, merger, files, inputs, stack);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(
    plan: Plan,
    places: MadePlaces,
    merger: Merger,
    files: readonly ScratchFile[],
    inputs: readonly OpenSource[],
    stack: ResourceStack,
  ) {
    this.#plan = plan;
    this.#places = places;
    this.#merger = merger;
    this.#files = files;
    this.#inputs = inputs;
    this.#stack = stack;
    this.weights = {
      ...weightsWithMade(plan.lead.label, plan, places, (variant) => files[variant]?.sink.label ?? ''),
      prepare: (tensors, signal) => this.#prepare(tensors, signal),
    };
  }

  /** Opens what the weights name: an input, or the variants' files, which stay open here. */
  async openSource(path: string): Promise<OpenSource> {
    const scratch = this.#files.find(({ sink }) => sink.label === path);
    if (scratch === undefined) return this.#merger.openSource({ path });
    return { ...scratch.source, [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  async #prepare(tensors: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const made = tensors.filter((name) => this.#places.tensors.has(name));
    // a head that is computed part by part is made once
    if (made.every((name) => this.#there.has(name))) return;
    this.#there = new Set();
    for (const { sink } of this.#files) await sink.clear();
    const places = made.map((name): [string, number[]] => {
      return [name, (this.#places.tensors.get(name)?.outputs ?? []).map(({ begin }) => begin)];
    });
    const work = workOfSome(this.#plan, new Map(places));
    const { devices } = this.#merger;
    const { lanes, chunkBytes, residentBytes } = this.#merger.settings({ ...this.#plan, ...work });
    await runChunks(work, {
      devices,
      lanes,
      chunkBytes,
      residentBytes,
      files: { inputs: this.#inputs, outputs: this.#files.map(({ sink }) => sink) },
      stopOnOverflow: false,
      signal,
    });
    this.#there = new Set(made);
    await devices[0]?.warm?.(lanes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}
