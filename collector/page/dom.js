// Makes elements. Texts go in as texts, never as markup: titles, names and metadata are anybody's.

/** element("p", {class: "empty", hidden: true}, "text", child, ...): attributes; true is an attribute without value. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Writes a text only when it differs: no work for the browser when nothing changed. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Writes texts beside each other, each of which keeps its direction of writing to itself. */
export function setTexts(node, texts) {
  const before = [...node.children].map((child) => child.textContent);
  if (before.length === texts.length && texts.every((text, at) => text === before[at])) return;
  node.replaceChildren(...texts.map((text) => element("bdi", {}, text)));
}

/** Shows and hides. */
export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}
