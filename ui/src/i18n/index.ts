import { settings } from '../state/settings.svelte';
import { isMessage, sentence, type Args } from './fluent';
import type { MessageId } from './ids';

/** The sentence `id` in the language of the window. */
export function t(id: MessageId, args?: Args): string {
  return sentence(settings.language, id, args);
}

/** The sentence for a code of the core: what happened and what to do next. */
export function errorSentence(code: string): string {
  const id = `error-${code}`;
  return t(isMessage(id) ? id : 'error-internal');
}
