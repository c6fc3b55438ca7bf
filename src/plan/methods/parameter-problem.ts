import { didYouMean } from '../../nearest.ts';
import { isWords, type ParameterSetting, type ParameterValue } from '../../recipe/parameters.ts';
import type { ParameterSpec } from './method.ts';
import { isWithin, rangeText } from './range.ts';

/** What is wrong with the values that a recipe gives a parameter; undefined: nothing. */
export function parameterProblem(spec: ParameterSpec, setting: ParameterSetting): string | undefined {
  if (spec.type === 'names' || spec.type === 'choice') {
    return setting.map(({ value }) => wordsProblem(spec, value)).find((one) => one !== undefined);
  }
  const words = setting.flatMap(({ value }) => (isWords(value) ? value.words : []));
  if (words.length > 0) {
    return `expected a number or a list of numbers (a layer gradient), found ${JSON.stringify(words[0])}`;
  }
  if (spec.type === 'number' && setting.some(({ value }) => typeof value === 'boolean')) {
    return 'expected a number, found true or false';
  }
  if (setting.some(({ value }) => typeof value !== 'boolean' && !isOfFloat32(value))) {
    return 'expected a number that float32 holds, at most 3.4e38';
  }
  return spec.range && setting.some(({ value }) => !isWithin(value, spec.range))
    ? `expected ${rangeText(spec.range)}`
    : undefined;
}

function isOfFloat32(value: ParameterValue): boolean {
  return isWords(value) || [value].flat().every((one) => typeof one === 'boolean' || Number.isFinite(Math.fround(one)));
}

function wordsProblem({ type, choices = [] }: ParameterSpec, value: ParameterValue): string | undefined {
  const expected = type === 'names' ? 'a list of parts of tensor names' : `one of ${choices.join(', ')}`;
  if (!isWords(value)) return `expected ${expected}`;
  if (type === 'names') return undefined;
  const [word = '', ...more] = value.words;
  if (choices.includes(word) && more.length === 0) return undefined;
  return `expected ${expected}, found ${JSON.stringify(word)}${didYouMean(word, choices)}`;
}
