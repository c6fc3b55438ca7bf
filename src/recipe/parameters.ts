/** A word or a list of words: a choice, a file, parts of tensor names. */
export interface Words {
  readonly words: readonly string[];
}

/** A number (or switch), a layer gradient (points that are spread over the layers and joined by straight lines), or words. */
export type ParameterValue = number | boolean | readonly number[] | Words;

export function isWords(value: unknown): value is Words {
  return typeof value === 'object' && value !== null && 'words' in value;
}

/** mergekit's conditional value: counts where the tensor's name contains `filter`; without a filter everywhere. */
export interface FilteredValue {
  readonly filter: string | undefined;
  readonly value: ParameterValue;
}

/** One parameter as written: the first entry that matches a tensor counts. */
export type ParameterSetting = readonly FilteredValue[];

/** The `parameters` of one level of a recipe. */
export type Parameters = ReadonlyMap<string, ParameterSetting>;

/**
 * The value of parameter `name` for a tensor, or undefined where no level sets it.
 * Semantics of mergekit's ConfigReader: levels from the most to the least specific; a level whose filters do not match is passed over.
 * @param t the tensor's place among the layers, 0 to 1
 */
export function parameterAt(
  levels: readonly Parameters[],
  name: string,
  tensor: string,
  t: number,
): number | boolean | Words | undefined {
  for (const level of levels) {
    const match = level
      .get(name)
      ?.find(({ filter }) => filter === undefined || filter === '*' || tensor.includes(filter));
    if (match !== undefined) return interpolate(match.value, t);
  }
  return undefined;
}

function interpolate(value: ParameterValue, t: number): number | boolean | Words {
  if (typeof value !== 'object' || isWords(value)) return value;
  const scaled = t * (value.length - 1);
  const left = Math.min(Math.floor(scaled), value.length - 1);
  const right = Math.min(left + 1, value.length - 1);
  const fraction = scaled - left;
  return (1 - fraction) * (value[left] ?? 0) + fraction * (value[right] ?? 0);
}
