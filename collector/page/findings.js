// What is wrong with a session, as a list; picking one shows its event.
import { byId, element } from "./dom.js";
import { findingBlock } from "./inspector.js";

const ORDER = { error: 0, warning: 1, note: 2 };
const MOST = 200; // that are listed

/** How many there are of each severity. */
export function countFindings(findings) {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}

export class Findings {
  #box = byId("findings");
  #choose;
  #drawn = null;

  constructor(choose) {
    this.#choose = choose;
  }

  /** `findings`: null while they are not known. */
  show(findings) {
    const key = JSON.stringify(findings?.slice(0, MOST));
    if (key === this.#drawn) return;
    this.#drawn = key;
    const count = element("span", { class: "number" }, findings ? String(findings.length) : "");
    this.#box.replaceChildren(element("h2", {}, "Findings ", count), ...this.#rows(findings));
  }

  #rows(findings) {
    if (!findings) return [element("p", { class: "empty" }, "Not looked through yet.")];
    if (!findings.length) return [element("p", { class: "empty" }, "Nothing is wrong.")];
    const order = [...findings].sort((a, b) => ORDER[a.severity] - ORDER[b.severity] || a.event - b.event);
    const rows = order.slice(0, MOST).map((finding) => this.#row(finding));
    if (order.length > MOST) rows.push(element("p", { class: "empty" }, `and ${order.length - MOST} more`));
    return rows;
  }

  #row(finding) {
    const row = findingBlock(finding);
    if (typeof finding.event !== "number" || finding.event < 0) return row;
    const button = element("button", { type: "button", class: "quiet to-event" }, `event #${finding.event}`);
    button.addEventListener("click", () => this.#choose(finding.event));
    row.firstChild.append(button);
    return row;
  }
}
