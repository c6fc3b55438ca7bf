import { shellQuote } from '../../shell-quote.ts';

/** What was done, as far as the next step depends on it. */
export interface DoneMerge {
  readonly out: string;
  readonly format: 'safetensors' | 'gguf';
  /** Set where only a part was made. */
  readonly part: { readonly number: number; readonly of: number } | undefined;
  readonly verified: boolean;
  /** "org/name" where the result was uploaded. */
  readonly pushedTo: string | undefined;
}

const MOST = 3;

/** The commands that people run after a merge: at most three lines. */
export function nextSteps({ out, format, part, verified, pushedTo }: DoneMerge): string[] {
  const folder = shellQuote(out);
  if (part !== undefined) return ['run the same command with --collect instead of --part when all parts exist'];
  const name = JSON.stringify(pushedTo ?? out);
  const steps = [
    ...(verified ? [] : [`swizzle verify ${folder}`]),
    ...(format === 'safetensors' ? [`swizzle loss ${folder} --data texts.jsonl`] : []),
    ...(pushedTo === undefined ? [`swizzle push ${folder} ORG/NAME`] : []),
    ...(format === 'safetensors' ? [`AutoModel.from_pretrained(${name}) in Python`] : []),
  ];
  return steps.slice(0, MOST);
}
