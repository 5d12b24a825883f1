// One call.
export function show(root, params) {
  root.textContent = params.call;
  return () => {};
}
