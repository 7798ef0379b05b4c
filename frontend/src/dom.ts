/** Safe building of elements: text always becomes a text node, never markup. */

export type Child = Node | string | null;
type Listener = (event: Event) => void;
export type Props = Record<string, string | number | boolean | Listener | undefined>;

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. A function is a listener (`onclick`), `true` an empty attribute; false and undefined are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return build(document.createElement(tag), props, children);
}

/** The same for an element of an SVG drawing. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return build(document.createElementNS(SVG, tag), props, children);
}

function build<E extends Element>(element: E, props: Props, children: Child[]): E {
  for (const [name, value] of Object.entries(props)) give(element, name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function give(element: Element, name: string, value: Props[string]): void {
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
}
