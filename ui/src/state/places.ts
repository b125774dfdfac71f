import type { PlaceView } from '../ipc/types/PlaceView';
import { PLACE_KINDS } from '../seeds';

/** A place and how deep it stands: 0 for what is part of nothing here. */
export interface PlaceRow {
  place: PlaceView;
  depth: number;
}

/** The first number in a name: block 2 stands before block 10. */
function numberIn(place: PlaceView): number {
  return Number(/\d+/.exec(place.name.ru)?.[0] ?? 0);
}

/** By kind as in `seeds/place-kinds.csv`, then by number, then by id: the same on every tablet, in no language's order of letters. */
function inOrder(one: PlaceView, other: PlaceView): number {
  const kind = (place: PlaceView): number => PLACE_KINDS.findIndex((each) => each.id === place.kind);
  return kind(one) - kind(other) || numberIn(one) - numberIn(other) || (one.place < other.place ? -1 : 1);
}

/** The places with each one's parts below it. One whose parent is not here, or that is its own ancestor, stands at the outermost. */
export function asTree(unordered: readonly PlaceView[]): PlaceRow[] {
  const places = [...unordered].sort(inOrder);
  const ids = new Set(places.map((place) => place.place));
  const rows: PlaceRow[] = [];
  const seen = new Set<string>();
  const put = (place: PlaceView, depth: number): void => {
    if (seen.has(place.place)) return;
    seen.add(place.place);
    rows.push({ place, depth });
    for (const part of places.filter((other) => other.parent === place.place)) put(part, depth + 1);
  };
  for (const place of places.filter((one) => one.parent === null || !ids.has(one.parent))) put(place, 0);
  // What is left stands in a ring; two tablets can make one without knowing.
  for (const place of places) put(place, 0);
  return rows;
}
