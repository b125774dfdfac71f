import type { ItemView } from '../ipc/types/ItemView';
import type { Saving, Wish } from '../state/saver.svelte';

/** The five answers, in the order of their targets. */
export const FIVE = ['yes', 'partly', 'no', 'not_checked', 'na'] as const;
export type Five = (typeof FIVE)[number];

/** On what an answer rests. */
export const EVIDENCE = ['seen', 'document', 'testimony-detainee', 'testimony-staff'] as const;

export function isFive(answer: string | null): answer is Five {
  return FIVE.some((one) => one === answer);
}

/** What stands on the screen: the wish that is on its way or, without one, what the core last answered. */
export function current(item: ItemView, saving: Saving | undefined): Wish {
  if (saving?.wish) return saving.wish;
  if (item.header)
    return { answer: item.values.length === 1 ? (item.values[0] ?? null) : null, evidence: [], note: null };
  return { answer: item.mine?.answer ?? null, evidence: item.mine?.evidence ?? [], note: item.mine?.note ?? null };
}

/**
 * The wish after a tap on one of the targets. A tap on the one that is chosen clears it, with all that hung on it. Evidence stays only where
 * it is asked for.
 */
export function tapped(now: Wish, answer: string): Wish {
  if (now.answer === answer) return { answer: null, evidence: [], note: null };
  return { answer, evidence: asksEvidence(answer) ? now.evidence : [], note: now.note };
}

/** Evidence is asked for at Partly and No. */
export function asksEvidence(answer: string | null): boolean {
  return answer === 'partly' || answer === 'no';
}

/** A list of names with one more, or without the one that was there. */
export function toggled(list: readonly string[], name: string): string[] {
  return list.includes(name) ? list.filter((one) => one !== name) : [...list, name];
}

/** The names in the text form of an answer that holds several. */
export function names(answer: string | null): string[] {
  return answer === null ? [] : answer.split(' ').filter((name) => name !== '');
}
