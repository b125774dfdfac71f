import type { Words } from '../ipc/types/Words';
import type { Language } from './fluent';

/** A text and the language it is written in, for the `lang` of its element. */
export interface Fragment {
  text: string;
  lang: Language;
}

/** In which order to look for a text that is missing: of the two languages of state, the other one first. */
const THEN: Record<Language, readonly Language[]> = { kk: ['ru', 'en'], ru: ['kk', 'en'], en: ['ru', 'kk'] };

/** The words in the wanted language or, where there are none, in the next one that has some; empty if none has. */
export function inLanguage(words: Words, wanted: Language): Fragment {
  const lang = [wanted, ...THEN[wanted]].find((candidate) => words[candidate] !== '') ?? wanted;
  return { text: words[lang], lang };
}
