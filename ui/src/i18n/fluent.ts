import { FluentBundle, FluentNumber, FluentResource } from '@fluent/bundle';
import type { MessageId } from './ids';

/** The languages of the window and of the forms. */
export const LANGUAGES = ['kk', 'ru', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Values for the places of a sentence. A number is written without grouping, the same in every language. */
export type Args = Readonly<Record<string, string | number>>;

const files: Record<string, string> = import.meta.glob('./*/*.ftl', { query: '?raw', import: 'default', eager: true });

/**
 * Webviews carry no Kazakh data, so that `Intl` for `kk` answers by the rules of some other language. English has the plural rule of
 * Kazakh (one, other) and plain digits, and it is there everywhere.
 */
const PLURAL_RULES_OF: Record<Language, string> = { kk: 'en', ru: 'ru', en: 'en' };

function bundleOf(language: Language): FluentBundle {
  // No isolation marks: nothing here is written from right to left, and they would end up in copied text.
  const bundle = new FluentBundle(PLURAL_RULES_OF[language], { useIsolating: false });
  for (const [path, text] of Object.entries(files)) {
    if (path.startsWith(`./${language}/`)) bundle.addResource(new FluentResource(text));
  }
  return bundle;
}

const bundles: Record<Language, FluentBundle> = { kk: bundleOf('kk'), ru: bundleOf('ru'), en: bundleOf('en') };

/** The sentence `id` in a language. Every id stands in every language: a test checks it. */
export function sentence(language: Language, id: MessageId, args: Args = {}): string {
  const bundle = bundles[language];
  const pattern = bundle.getMessage(id)?.value;
  if (!pattern) return id;
  const values: Record<string, string | FluentNumber> = {};
  for (const [name, value] of Object.entries(args)) {
    values[name] = typeof value === 'number' ? new FluentNumber(value, { useGrouping: false }) : value;
  }
  const problems: Error[] = [];
  return bundle.formatPattern(pattern, values, problems);
}

/** Whether the catalogue has this id: for codes that come from the core. */
export function isMessage(id: string): id is MessageId {
  return bundles.ru.hasMessage(id);
}
