import type { Words } from './ipc/types/Words';
import kinds from '../../seeds/place-kinds.csv?table';

/** One word of a shipped list, in three languages. */
export interface Named {
  id: string;
  name: Words;
}

/** The kinds of place, in the order of `seeds/place-kinds.csv`. */
export const PLACE_KINDS: readonly Named[] = kinds.map((row) => ({
  id: row['id'] ?? '',
  name: { kk: row['label_kk'] ?? '', ru: row['label_ru'] ?? '', en: row['label_en'] ?? '' },
}));

const settingsTables: Record<string, Readonly<Record<string, string>>[]> = import.meta.glob(
  '../../seeds/forms/*/settings.csv',
  { query: '?table', import: 'default', eager: true },
);

/** Forms that are filled in private, in documents of their own: never part of a visit that the whole team reads. */
const SEALED = new Set(['F12', 'F13', 'F15']);

/** The forms of a visit, by id, from `seeds/forms/`. */
export const VISIT_FORMS: readonly Named[] = Object.values(settingsTables)
  .flat()
  .map((row) => ({
    id: row['form_id'] ?? '',
    name: {
      kk: row['form_title::Қазақша (kk)'] ?? '',
      ru: row['form_title::Русский (ru)'] ?? '',
      en: row['form_title::English (en)'] ?? '',
    },
  }))
  .filter((form) => !SEALED.has(form.id))
  .sort((a, b) => (a.id < b.id ? -1 : 1));
