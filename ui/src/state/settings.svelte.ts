import { LANGUAGES, type Language } from '../i18n/fluent';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

/** Sizes of text, per cent. */
export const SIZES = [100, 125, 150, 175, 200] as const;
export type Size = (typeof SIZES)[number];

function oneOf<T extends string>(allowed: readonly T[], value: string | null, otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

/** Kazakh unless the tablet itself speaks Russian or English. */
export function languageOfTablet(tags: readonly string[]): Language {
  for (const tag of tags) {
    const found = LANGUAGES.find((language) => tag.toLowerCase().startsWith(language));
    if (found) return found;
  }
  return 'kk';
}

/**
 * How the window looks and speaks. Kept in the fragment of the page's own address: it outlives the reload of a lock, is gone with the
 * window, and touches no disk. Nothing in it tells anything about a visit.
 */
class Settings {
  language = $state<Language>('kk');
  /** The language of forms, switched apart from the language of the window. */
  formLanguage = $state<Language>('kk');
  theme = $state<Theme>('system');
  size = $state<Size>(100);

  /** Reads a fragment such as `#ui=ru&form=kk&theme=dark&size=150`; what is not allowed there counts as not written. */
  read(fragment: string, tags: readonly string[]): void {
    const written = new URLSearchParams(fragment.replace(/^#/, ''));
    this.language = oneOf(LANGUAGES, written.get('ui'), languageOfTablet(tags));
    this.formLanguage = oneOf(LANGUAGES, written.get('form'), this.language);
    this.theme = oneOf(THEMES, written.get('theme'), 'system');
    this.size = SIZES.find((size) => String(size) === written.get('size')) ?? 100;
  }

  /** The fragment that `read` reads. */
  fragment(): string {
    const { language, formLanguage, theme, size } = this;
    return `#${new URLSearchParams({ ui: language, form: formLanguage, theme, size: String(size) }).toString()}`;
  }
}

export const settings = new Settings();
