// @ts-check
'use strict';
// Small things that every view needs. The files of this folder are one script, in the order of CMakeLists.txt.

/**
 * An element: `el("button", {class: "x", text: "Go", onclick: go}, child)`. Text goes in as text, never as
 * markup; styles through the object model, as the page's policy allows no style attributes.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|null)} children
 * @returns {any}
 */
function el(tag, props = {}, ...children) { return filled(document.createElement(tag), props, children); }

/**
 * The same in SVG.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|null)} children
 * @returns {any}
 */
function svg(tag, props = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

/** @param {any} node @param {Record<string, any>} props @param {(Node|string|null)[]} children */
function filled(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text')
      node.textContent = value;
    else if (name.startsWith('on'))
      node.addEventListener(name.slice(2), value);
    else if (name === 'style')
      for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
    else
      node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children)
    if (child !== null) node.append(child);
  return node;
}

/**
 * What a node holds from now on.
 * @param {Element} node
 * @param {...(Node|string|null)} children
 */
function put(node, ...children) {
  node.replaceChildren(.../** @type {Node[]} */ (children.filter(c => c !== null)));
}

/** @param {string} id @returns {any} */
function byId(id) { return document.getElementById(id); }

/** @param {number} x @param {number} low @param {number} high */
function clamp(x, low, high) { return Math.min(Math.max(x, low), high); }

/**
 * 0 ... n - 1
 * @param {number} n
 */
function range(n) { return Array.from({length: n}, (_, i) => i); }

/**
 * `digits` of x, without an exponent.
 * @param {number} x
 * @param {number} digits
 */
function digitsOf(x, digits) {
  if (x === 0) return '0';
  const places = clamp(digits - 1 - Math.floor(Math.log10(Math.abs(x)) + 1e-9), 0, 8);
  return x.toFixed(places);
}

/**
 * A number of any kind.
 * @param {number|null|undefined} x
 */
function plain(x) { return x === null || x === undefined ? '–' : digitsOf(x, 3).replace('-', '−'); }

/**
 * A change of the loss.
 * @param {number|null|undefined} x
 */
function signed(x) {
  return x === null || x === undefined ? '–' : (x < 0 ? '−' : '+') + Math.abs(x).toFixed(4);
}

/**
 * `f` once per frame at most, with the latest arguments.
 * @template {any[]} A
 * @param {(...args: A) => void} f
 * @returns {(...args: A) => void}
 */
function oncePerFrame(f) {
  /** @type {A|null} */
  let waiting = null;
  return (...args) => {
    if (waiting === null)
      requestAnimationFrame(() => {
        const now = waiting;
        waiting = null;
        if (now) f(...now);
      });
    waiting = args;
  };
}

/**
 * A labelled choice.
 * @param {string} label
 * @param {[string, string][]} options value and text
 * @param {(value: string) => void} chosen
 */
function choice(label, options, chosen) {
  const select =
      el('select', {onchange: () => chosen(select.value)},
         ...options.map(([value, text]) => el('option', {value, text})));
  return {node: el('label', {class: 'choice'}, el('span', {text: label}), select), select};
}

/**
 * A file for the reader, made here.
 * @param {string} name
 * @param {Blob} blob
 */
function save(name, blob) {
  const link = el('a', {href: URL.createObjectURL(blob), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
