type Scalar = number | string | boolean;
type Assignment = Readonly<Record<string, Scalar>>;

/**
 * Names for people, in order: "base .67 · python .17 · c .17". As few digits, from two on, as keep the values of a
 * parameter apart; folders keep the long names.
 */
export function shortNames(assignments: readonly Assignment[]): string[] {
  const digits = new Map<string, number>();
  for (const name of new Set(assignments.flatMap((one) => Object.keys(one)))) {
    const values = new Set(assignments.flatMap((one) => (typeof one[name] === 'number' ? [one[name]] : [])));
    digits.set(name, digitsFor([...values]));
  }
  return assignments.map((one) => {
    const parts = Object.entries(one).map(([name, value]) => `${name} ${shortValue(value, digits.get(name) ?? 2)}`);
    return parts.join(' · ');
  });
}

/** Significant digits that keep all values apart. */
function digitsFor(values: readonly number[]): number {
  for (let digits = 2; digits < 6; digits++) {
    if (new Set(values.map((value) => value.toPrecision(digits))).size === values.length) return digits;
  }
  return 6;
}

function shortValue(value: Scalar, digits: number): string {
  if (typeof value !== 'number') return String(value);
  return String(Number(value.toPrecision(digits))).replace(/^(-?)0\./, '$1.');
}
