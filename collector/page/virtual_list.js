// A list of which only the visible rows are elements, so that its length does not matter. A listbox to keyboards and
// screen readers: the container has the focus, the active row is told by its id.
import { element } from "./dom.js";

const SPARE = 6; // rows above and below what is visible

export class VirtualList {
  #box;
  #sizer = element("div", { class: "sizer", role: "presentation" });
  #rows = new Map(); // index: element
  #pool = [];
  #make;
  #fill;
  #choose;
  #count = 0;
  #height = 0;
  #active = -1;
  #frame = 0;

  /** make(): an element; fill(element, index): what it shows; choose(index, opened): by keys or pointer. */
  constructor(box, { make, fill, choose }) {
    this.#box = box;
    this.#make = make;
    this.#fill = fill;
    this.#choose = choose;
    box.append(this.#sizer);
    box.addEventListener("scroll", () => this.refresh(), { passive: true });
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.refresh()).observe(box);
  }

  get active() {
    return this.#active;
  }

  set(count, active = this.#active) {
    this.#count = count;
    this.#active = Math.min(active, count - 1);
    this.refresh();
  }

  /** The row at the upper edge; 0 at the top. */
  get first() {
    return this.#height ? Math.floor(this.#box.scrollTop / this.#height) : 0;
  }

  /** Goes along with rows that moved: what is looked at stays under the eyes. */
  shift(rows) {
    if (!rows) return;
    this.#stretch();
    this.#box.scrollTop += rows * this.#height;
  }

  #stretch() {
    this.#sizer.style.height = `${this.#count * this.#height}px`;
  }

  /** Fills the visible rows again, once a frame at most. */
  refresh() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  reveal(index, centred = false) {
    if (index < 0) return;
    this.#measure();
    const top = index * this.#height;
    const { scrollTop, clientHeight } = this.#box;
    if (top >= scrollTop && top + this.#height <= scrollTop + clientHeight) return;
    const above = top < scrollTop;
    this.#box.scrollTop = centred ? top - clientHeight / 2 : above ? top : top + this.#height - clientHeight;
  }

  /** The row height is the style sheet's to say, and differs with the width. */
  #measure() {
    this.#height = parseFloat(getComputedStyle(this.#box).getPropertyValue("--row")) || 28;
  }

  #draw() {
    this.#measure();
    const { scrollTop, clientHeight } = this.#box;
    const from = Math.max(0, Math.floor(scrollTop / this.#height) - SPARE);
    const to = Math.min(this.#count, Math.ceil((scrollTop + clientHeight) / this.#height) + SPARE);
    this.#stretch();
    for (const [index, row] of this.#rows) if (index < from || index >= to) this.#retire(index, row);
    for (let index = from; index < to; index++) this.#place(index);
    this.#tellActive();
  }

  #retire(index, row) {
    this.#rows.delete(index);
    this.#pool.push(row);
    row.hidden = true;
  }

  #place(index) {
    const row = this.#rows.get(index) ?? this.#pool.pop() ?? this.#new();
    this.#rows.set(index, row);
    row.hidden = false;
    row.style.transform = `translateY(${index * this.#height}px)`;
    row.id = `${this.#box.id}-${index}`;
    row.setAttribute("aria-posinset", index + 1);
    row.setAttribute("aria-setsize", this.#count);
    row.setAttribute("aria-selected", index === this.#active);
    row.dataset.index = index;
    this.#fill(row, index);
  }

  #new() {
    const row = this.#make();
    row.setAttribute("role", "option");
    this.#sizer.append(row);
    return row;
  }

  #tellActive() {
    const row = this.#rows.get(this.#active);
    if (row) this.#box.setAttribute("aria-activedescendant", row.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  choose(index, opened) {
    if (!this.#count) return;
    this.#active = Math.max(0, Math.min(this.#count - 1, index));
    this.reveal(this.#active);
    this.refresh();
    this.#choose(this.#active, opened);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.#box.clientHeight / this.#height) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves) this.choose(this.#active + moves[event.key], false);
    else if (event.key === "Enter" && this.#active >= 0) this.choose(this.#active, true);
    else return;
    event.preventDefault();
  }

  #click(event) {
    const row = event.target.closest("[role=option]");
    if (row) this.choose(Number(row.dataset.index), true);
  }
}
