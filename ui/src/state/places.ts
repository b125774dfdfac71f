import type { PlaceView } from '../ipc/types/PlaceView';

/** A place and how deep it stands: 0 for what is part of nothing here. */
export interface PlaceRow {
  place: PlaceView;
  depth: number;
}

/** The places with each one's parts below it. One whose parent is not here, or that is its own ancestor, stands at the outermost. */
export function asTree(places: readonly PlaceView[]): PlaceRow[] {
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
