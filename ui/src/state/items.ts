import type { Ask } from '../ipc/dispatch';
import type { FormView } from '../ipc/types/FormView';
import type { ItemView } from '../ipc/types/ItemView';

/** Where an item is asked, and how it is shown. */
export interface FoundItem {
  section: string;
  item: ItemView;
}

/**
 * The items of these forms at a place, by `form item`. Read section by section: a list of differences names items only by their name, and
 * people read labels.
 */
export async function itemsAt(
  ask: Ask,
  visit: string,
  forms: readonly FormView[],
  wanted: readonly string[],
  place: string | null,
): Promise<Record<string, FoundItem>> {
  const found: Record<string, FoundItem> = {};
  for (const form of forms.filter((one) => wanted.includes(one.form))) {
    for (const { section } of form.sections) {
      const request = { op: 'section', visit, form: form.form, section, place } as const;
      const outcome = await ask(request, 'section');
      if (!outcome.ok) continue;
      for (const item of outcome.view.items) found[`${form.form} ${item.item}`] = { section, item };
    }
  }
  return found;
}
