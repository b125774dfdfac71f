import { ask } from '../ipc/dispatch';
import type { FormView } from '../ipc/types/FormView';
import type { ItemView } from '../ipc/types/ItemView';

/** How far a section is at one place. */
export interface Count {
  relevant: number;
  answered: number;
  required_missing: number;
}

/** Counts what one section shows: what can be answered now, what I answered of it. */
export function countOf(items: readonly ItemView[]): Count {
  const asked = items.filter((item) => item.input !== 'note' && item.input !== 'calculated');
  const has = (item: ItemView): boolean => (item.header ? item.values.length === 1 : item.mine !== null);
  return {
    relevant: asked.length,
    answered: asked.filter(has).length,
    required_missing: asked.filter((item) => item.required && !has(item)).length,
  };
}

/**
 * The counts of all sections that are answered at places, at the place where the person is: the visit itself counts only what was answered
 * for the whole facility. Read once for each place; the open section is counted anew with every answer.
 */
export class PlaceCounts {
  #counts = $state.raw<Record<string, Count>>({});
  #at = '';

  /** The count of a section at the place read last; `undefined` where the visit's own count holds. */
  of(form: string, section: string): Count | undefined {
    return this.#counts[`${form} ${section}`];
  }

  put(form: string, section: string, items: readonly ItemView[]): void {
    this.#counts = { ...this.#counts, [`${form} ${section}`]: countOf(items) };
  }

  /** Reads the sections of the forms that are answered at places. At the same place as before it does nothing. */
  async read(visit: string, place: string | null, forms: readonly FormView[]): Promise<void> {
    const at = JSON.stringify([visit, place, forms.map((form) => form.form)]);
    if (at === this.#at) return;
    this.#at = at;
    this.#counts = {};
    if (place === null) return;
    for (const form of forms.filter((one) => one.per_place)) {
      for (const { section } of form.sections) {
        const outcome = await ask({ op: 'section', visit, form: form.form, section, place }, 'section');
        // Another place was chosen meanwhile.
        if (this.#at !== at) return;
        if (outcome.ok) this.put(form.form, section, outcome.view.items);
      }
    }
  }
}
