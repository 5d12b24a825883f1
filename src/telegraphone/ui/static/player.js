// What is heard, in whatever view one is.

export function makePlayer() {
  return {paint() {}, stop() {}};
}
