// What the two Yjs peers share: the document of W, its edits, and when a tablet has everything.
import * as Y from "yjs"
import { isComplete, when } from "./contract.mjs"

/** The base as a Yjs document: a map of answers and a map of notes. */
export function baseDocument(base) {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const [key, value] of Object.entries(base.answers)) doc.getMap("answers").set(key, value)
    for (const [key, text] of Object.entries(base.notes)) doc.getMap("notes").set(key, text)
  })
  return doc
}

/** A tablet that was offline: the base of `published`, then each edit in a transaction of its own. */
export function editedTablet(published, edits) {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(published))
  for (const [key, value] of Object.entries(edits.answers)) doc.getMap("answers").set(key, value)
  for (const [key, text] of Object.entries(edits.notes)) doc.getMap("notes").set(key, text)
  return doc
}

/** The clock of every writer once all edits are made, whoever made them. */
export function targetClocks(docs) {
  const clocks = new Map()
  for (const doc of docs) {
    for (const [client, clock] of Y.decodeStateVector(Y.encodeStateVector(doc))) {
      clocks.set(client, Math.max(clock, clocks.get(client) ?? 0))
    }
  }
  return clocks
}

/** Resolves with the state of `doc` once it has the edits of every writer. Yjs keeps one value of a map key: "last". */
export function converged(doc, clocks, expected) {
  const look = () => {
    const whole = [...clocks].every(([client, clock]) => Y.getState(doc.store, client) >= clock)
    if (!whole) return undefined
    const state = read(doc)
    return isComplete(state, expected, "last") ? state : undefined
  }
  return when(look, (again) => doc.on("update", again))
}

function read(doc) {
  const part = (name) => Object.fromEntries([...doc.getMap(name).entries()].map(([key, value]) => [key, [value]]))
  return { answers: part("answers"), notes: part("notes") }
}
