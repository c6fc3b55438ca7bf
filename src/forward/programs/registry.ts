import { SwizzleError } from '../../errors.ts';
import type { Program } from '../program.ts';
import { bert } from './bert.ts';
import { ConfigReader, type ProgramSource } from './config.ts';
import { gemma } from './gemma.ts';
import { llama } from './llama.ts';
import { phi3 } from './phi3.ts';

type MakeProgram = (source: ProgramSource) => Program;

/** By config.json's `model_type`, and the classes of `architectures` that can be run. */
const FAMILIES: Readonly<Record<string, { readonly make: MakeProgram; readonly classes: readonly string[] }>> = {
  llama: { make: llama, classes: ['LlamaForCausalLM'] },
  mistral: { make: llama, classes: ['MistralForCausalLM'] },
  qwen2: { make: llama, classes: ['Qwen2ForCausalLM'] },
  qwen3: { make: llama, classes: ['Qwen3ForCausalLM'] },
  gemma2: { make: gemma, classes: ['Gemma2ForCausalLM'] },
  gemma3_text: { make: gemma, classes: ['Gemma3ForCausalLM'] },
  phi3: { make: phi3, classes: ['Phi3ForCausalLM'] },
  bert: { make: bert, classes: ['BertModel', 'BertForSequenceClassification'] },
  'xlm-roberta': { make: bert, classes: ['XLMRobertaModel', 'XLMRobertaForSequenceClassification'] },
};

/**
 * The program of a model.
 * @param label names messages
 * @param config text of its config.json
 * @throws SwizzleError 'checkpoint' that names the architecture and those that can be run
 */
export function programOf(label: string, config: string | undefined, has: (tensor: string) => boolean): Program {
  const reader = ConfigReader.parse(label, config);
  const type = reader.text('model_type');
  const [name] = reader.texts('architectures') ?? [];
  const family = Object.hasOwn(FAMILIES, type) ? FAMILIES[type] : undefined;
  if (family === undefined || (name !== undefined && !family.classes.includes(name))) {
    const found = name === undefined ? `model_type ${type}` : `${name} (model_type ${type})`;
    const known = Object.values(FAMILIES).flatMap(({ classes }) => classes);
    throw new SwizzleError('checkpoint', `${label}: cannot be run: ${found}; those that can: ${known.join(', ')}`, {
      details: { model: label, architecture: name ?? type },
    });
  }
  return family.make({ config: reader, has });
}
