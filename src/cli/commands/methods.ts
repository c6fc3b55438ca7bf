import type { Command } from '../parser/command.ts';
import { SwizzleError } from '../../errors.ts';
import type { MergeMethod, ParameterSpec } from '../../plan/methods/method.ts';
import { didYouMean } from '../../nearest.ts';
import { formatTable } from '../terminal/format.ts';
import { jsonOption, newCommand } from '../options/options.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface MethodsArguments {
  readonly json?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/methods/1';

/** `swizzle methods`, `swizzle methods ties` */
export function methodsCommand(): Command {
  return newCommand('methods', 'list the merge methods, or say what one takes')
    .description('List the merge methods, or print one’s parameters, paper and a recipe.')
    .argument('[method]', 'a merge method')
    .addOption(jsonOption('print them'))
    .action(runMethods);
}

async function runMethods(method: string | undefined, { json }: MethodsArguments): Promise<void> {
  const [{ METHODS }, { sampleRecipe }] = await Promise.all([
    import('../../plan/methods/registry.ts'),
    import('../../plan/methods/sample-recipe.ts'),
  ]);
  const terminal = processTerminal(false);
  const found = METHODS.filter(({ name }) => method === undefined || name === method);
  const [one] = found;
  if (one === undefined) {
    const known = METHODS.map(({ name }) => name);
    const hint = didYouMean(method ?? '', known);
    throw new SwizzleError('usage', `no method ${JSON.stringify(method)}${hint}; there are ${known.join(', ')}`);
  }
  if (json) terminal.printJson({ schema: SCHEMA, methods: found.map(asData) });
  else if (method !== undefined) terminal.print(describe(one, sampleRecipe(one)));
  else terminal.print(formatTable(found.map(({ name, summary }) => [name, summary])));
}

/** All but its function. */
function asData(method: MergeMethod): object {
  return Object.fromEntries(Object.entries(method).filter(([, value]) => typeof value !== 'function'));
}

function describe(method: MergeMethod, recipe: string): string[] {
  const rows = method.parameters.map((spec) => [`  ${spec.name}`, scopeOf(spec), defaultOf(spec), spec.help]);
  return [
    `${method.name}: ${method.summary}`,
    `  ${method.title}, ${method.source}`,
    `  models: ${countOf(method)}`,
    '',
    ...(rows.length > 0 ? [...formatTable([['  parameter', 'set for', 'default', ''], ...rows]), ''] : []),
    ...recipe.trimEnd().split('\n'),
  ];
}

function scopeOf({ scope }: ParameterSpec): string {
  return scope === 'model' ? 'each model' : 'the recipe';
}

function defaultOf(spec: ParameterSpec): string {
  return spec.default === undefined ? 'required' : String(spec.default);
}

function countOf({ models: { min, max }, base }: MergeMethod): string {
  const count = min === max ? `${min}` : max === Infinity ? `${min} or more` : `${min} to ${max}`;
  if (base === 'first') return `${count}, base_model among them`;
  if (base === 'layout') return count;
  return `${count} and base_model${base === 'optional' ? ', which may be left out' : ''}`;
}
