import type { Language } from '../i18n/fluent';

/** Each language by its own name, the same in every language of the window. */
export const LANGUAGE_NAMES: Record<Language, string> = { kk: 'Қазақша', ru: 'Русский', en: 'English' };
