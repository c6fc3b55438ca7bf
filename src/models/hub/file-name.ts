import { SwizzleError } from '../../errors.ts';

/**
 * Refuses file names that could lead out of a model's folder on any system: `..`, absolute, with a backslash, a drive
 * letter or a NUL (the rule of huggingface_hub, and stricter).
 * @returns the name as it is
 * @throws SwizzleError 'hub' naming model and file
 */
export function safeFileName(path: string, model: string): string {
  const parts = path.split('/');
  const bad =
    path === '' ||
    parts.some((part) => part === '' || part === '.' || part === '..' || /^[A-Za-z]:/.test(part)) ||
    /[\\\0]/.test(path);
  if (!bad) return path;
  throw new SwizzleError(
    'hub',
    `${model}: refused the file name ${JSON.stringify(path)}: it could lead out of the model's folder`,
    { details: { model, path } },
  );
}
