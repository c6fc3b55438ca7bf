import { execFileSync } from 'node:child_process';
import type { Contender } from '../race.ts';

/** What the Python tools are to do. */
export interface PeerJob {
  readonly recipe: string;
  readonly folders: readonly string[];
  readonly output: string;
}

const COCKTAIL = `
import sys
from LM_Cocktail import mix_models
folders = sys.argv[2:]
mix_models(model_names_or_paths=folders, model_type='decoder', weights=[1 / len(folders)] * len(folders), output_path=sys.argv[1])
`;

/** mergekit and LM_Cocktail, where `python` can import them; `missing` says why one is left out. */
export function peers(python: string, { recipe, folders, output }: PeerJob): { found: Contender[]; missing: string[] } {
  const known = [
    { name: 'mergekit', module: 'mergekit', argv: ['-m', 'mergekit.scripts.run_yaml', recipe, output] },
    { name: 'LM_Cocktail', module: 'LM_Cocktail', argv: ['-c', COCKTAIL, output, ...folders] },
  ];
  const found: Contender[] = [];
  const missing: string[] = [];
  for (const { name, module, argv } of known) {
    if (canImport(python, module)) found.push({ name, command: { argv: [python, ...argv] } });
    else missing.push(`${name}: ${python} cannot import ${module}`);
  }
  return { found, missing };
}

const COCKTAIL_WITH_DATA = `
import json, sys
from LM_Cocktail import mix_models_with_data
examples = [json.loads(line) for line in open(sys.argv[2])]
mix_models_with_data(model_names_or_paths=sys.argv[3:], model_type='decoder', example_data=examples, temperature=5.0, output_path=sys.argv[1])
`;

/** LM_Cocktail's weights from examples, and its merge; why it is left out, where it is. */
export function cocktailPeer(
  python: string,
  examples: string,
  folders: readonly string[],
  output: string,
): Contender | string {
  if (!canImport(python, 'LM_Cocktail')) return `${python} cannot import LM_Cocktail`;
  return { name: 'LM_Cocktail', command: { argv: [python, '-c', COCKTAIL_WITH_DATA, output, examples, ...folders] } };
}

function canImport(python: string, module: string): boolean {
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
