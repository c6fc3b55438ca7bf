import { SwizzleError } from '../../../errors.ts';
import type { HubSettings } from './environment.ts';
import { httpFailure, type HttpFailure } from './http-error.ts';
import { formatModelId, type ModelId } from '../model-id.ts';

/** Says in the user's terms why a model cannot be read, and what to do. Other errors come back as they are. */
export function explainAccess(error: unknown, id: ModelId, settings: HubSettings): unknown {
  const failure = httpFailure(error);
  if (failure === undefined || !(error instanceof SwizzleError)) return error;
  const message = accessMessage(failure, id, settings);
  if (message === undefined) return error;
  return new SwizzleError('hub', message, { cause: error, details: { ...error.details, model: id.name } });
}

function accessMessage(failure: HttpFailure, id: ModelId, settings: HubSettings): string | undefined {
  const { status, errorCode, serverMessage } = failure;
  const model = formatModelId(id);
  const page = `${settings.endpoint}/${id.name}`;
  const tokens = `${settings.endpoint}/settings/tokens`;
  if (errorCode === 'RevisionNotFound') {
    return `${id.name} has no branch, tag or commit ${JSON.stringify(id.revision ?? 'main')} (404)`;
  }
  if (errorCode === 'GatedRepo') {
    return settings.token === undefined
      ? `${model} is gated (${status}): ask for access at ${page}, then set HF_TOKEN to a token from ${tokens}`
      : `${model} is gated (${status}), and the account of the token in ${from(settings)} has no access: ask for it at ${page}`;
  }
  if (status === 401 && settings.token !== undefined && errorCode !== 'RepoNotFound') {
    const said = serverMessage === '' ? '' : `: ${serverMessage}`;
    return `${model}: the Hub refused the token in ${from(settings)} (401${said}); make a new one at ${tokens}`;
  }
  if (status === 403) {
    const said = serverMessage === '' ? '' : `: ${serverMessage}`;
    return `${model}: access is forbidden (403${said}); the token in ${from(settings)} lacks the right, see ${tokens}`;
  }
  if (status === 401 || status === 404) {
    return settings.token === undefined
      ? `${model}: no such model at ${settings.endpoint} (${status}). If it is private, set HF_TOKEN to a token from ${tokens}`
      : `${model}: no such model at ${settings.endpoint} (${status}), or the account of the token in ${from(settings)} cannot see it`;
  }
  return undefined;
}

function from(settings: HubSettings): string {
  return settings.tokenFrom ?? 'HF_TOKEN';
}
