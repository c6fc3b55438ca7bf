import { SwizzleError } from '../../errors.ts';
import { openTokenizer, type TextTokenizer } from '../../forward/examples/tokenizer.ts';
import { embeddingProgram, readResiduals } from '../../forward/residual.ts';
import type { Program } from '../../forward/program.ts';
import { programOf } from '../../forward/programs/registry.ts';
import { selectForwardDevice } from '../../forward/select.ts';
import type { ModelStore } from '../../models/open/model-store.ts';
import type { MoeShape, RouterRows } from '../../plan/moe/assemble.ts';
import type { MoeConfig } from '../../recipe/moe.ts';
import { openWeights } from '../merge/derived-weights.ts';
import type { MergerOptions } from '../merge/merger-options.ts';
import type { OpenMoe } from './open-moe.ts';
import { KEPT, listPrompts, promptRows } from './prompt-rows.ts';
import { randomRows } from './random-rows.ts';

/** How a config's routers will be computed; everything but the weights has been read. */
export interface PlannedRouters {
  readonly layers: number;
  readonly experts: number;
  readonly hidden: number;
  readonly hasGate: boolean;
  /** Different prompts, and their tokens; 0: rows are random. */
  readonly prompts: number;
  readonly tokens: number;
  /** @param onProgress share of the forward pass that is done, 0 to 1 */
  compute(onProgress?: (share: number) => void): Promise<RouterRows[]>;
}

/**
 * Reads the tokenizer, if prompts are used, and checks that the base model can be run.
 * @throws SwizzleError 'checkpoint'
 */
export async function planRouters(
  config: MoeConfig,
  { parts: { kind, base } }: OpenMoe,
  { layers, hidden }: MoeShape,
  store: ModelStore,
  options: Pick<MergerOptions, 'device' | 'adapter' | 'hub' | 'signal'>,
): Promise<PlannedRouters> {
  const { gateMode: mode, seed } = config;
  const hasGate = kind.sharedGate !== undefined;
  const sizes = { layers, experts: config.experts.length, hidden, hasGate };
  if (mode === 'random' || mode === 'uniform_random') {
    const compute = (): Promise<RouterRows[]> => Promise.resolve(randomRows({ mode, seed, ...sizes }));
    return { ...sizes, prompts: 0, tokens: 0, compute };
  }
  const list = listPrompts([...config.experts, ...(hasGate ? config.shared : [])]);
  const tokenizer = await openTokenizer(base.label, base.tokenizerFolder ?? base.folder);
  const table = base.tensors.get('model.embed_tokens.weight');
  const program =
    mode === 'cheap_embed' && table !== undefined
      ? embeddingProgram(table)
      : programOf(base.label, base.config, (name) => base.tensors.has(name));
  const prompts = list.texts.map((text) => tokensOf(text, tokenizer, program, base.label));
  const compute = async (onProgress?: (share: number) => void): Promise<RouterRows[]> => {
    await using device = await selectForwardDevice(options.device ?? 'auto', options.adapter);
    await using opening = await openWeights(base, store, options);
    const residuals = await readResiduals(
      { program, weights: opening.weights, prompts, keep: KEPT[mode], layers: mode === 'cheap_embed' ? 1 : layers },
      {
        device,
        open: (path) => opening.open(path),
        signal: options.signal,
        onStage: (done, stages) => onProgress?.(done / stages),
      },
    );
    return promptRows(mode, list, residuals, sizes);
  };
  return { ...sizes, prompts: prompts.length, tokens: prompts.reduce((sum, { length }) => sum + length, 0), compute };
}

/** Rows of the right size for a plan: nothing is computed. */
export function emptyRows({ layers, experts, hidden, hasGate }: PlannedRouters): RouterRows[] {
  const gate = hasGate ? new Float32Array(hidden) : undefined;
  return Array.from({ length: layers }, () => ({ experts: new Float32Array(experts * hidden), gate }));
}

/** The beginning-of-text token as text, if there is one, and the prompt; as mergekit. */
function tokensOf(text: string, tokenizer: TextTokenizer, { vocabulary, maxTokens }: Program, label: string): number[] {
  const tokens = tokenizer.encodePlain(`${tokenizer.beginText ?? ''}${text}`);
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  const fail = (what: string): never => {
    throw new SwizzleError('checkpoint', `${label}: prompt ${shown}: ${what}`);
  };
  if (tokens.length === 0) fail('has no tokens');
  if (tokens.length > maxTokens) fail(`has ${tokens.length} tokens, the model takes at most ${maxTokens}`);
  const over = tokens.find((token) => token >= vocabulary);
  if (over !== undefined) fail(`token id ${over} is not in the model's vocabulary of ${vocabulary}`);
  return tokens;
}
