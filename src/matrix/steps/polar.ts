import { release, spectrumOf, type Steps } from './actions.ts';
import { inverses, mean, singularValues, smallSide } from './spectral.ts';
import type { Dense, Workspace } from './workspace.ts';

/**
 * out = polar(X), the partial isometry U·Vᵀ over the singular values that are not zero; times their mean where `isotropic`, zeros
 * counted. By the eigendecomposition of the smaller Gram matrix: polar(X) = (X·Xᵀ)^(-1/2)·X, in f64: the factor is as large as the
 * smallest singular value is small.
 */
export function* polar(space: Workspace, x: Dense, out: Dense, isotropic: boolean): Steps<void> {
  const side = smallSide(x);
  const { spectrum, values } = yield* spectrumOf(space, x, side);
  const singular = singularValues(values);
  const factor = isotropic ? mean(singular) : 1;
  const factors = inverses(singular).map((inverse) => factor * inverse);
  yield { do: 'apply', of: spectrum, factors, x, side, out };
  release(space, spectrum);
}
