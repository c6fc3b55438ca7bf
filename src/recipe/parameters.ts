/** A number (or switch), or a layer gradient: points that are spread over the layers and joined by straight lines. */
export type ParameterValue = number | boolean | readonly number[];

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
): number | boolean | undefined {
  for (const level of levels) {
    const match = level
      .get(name)
      ?.find(({ filter }) => filter === undefined || filter === '*' || tensor.includes(filter));
    if (match !== undefined) return interpolate(match.value, t);
  }
  return undefined;
}

function interpolate(value: ParameterValue, t: number): number | boolean {
  if (typeof value !== 'object') return value;
  const scaled = t * (value.length - 1);
  const left = Math.min(Math.floor(scaled), value.length - 1);
  const right = Math.min(left + 1, value.length - 1);
  const fraction = scaled - left;
  return (1 - fraction) * (value[left] ?? 0) + fraction * (value[right] ?? 0);
}
