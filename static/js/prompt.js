/* Prompts: what is written survives, JSON has line numbers, a mistake leads to its place. Without it the form still works. */

const form = () => document.getElementById("asking");
const question = () => document.getElementById("prompt");
const system = () => document.getElementById("set-system");
const texts = () => [system(), question()].filter(Boolean);

/* The draft: kept in this browser, also after it was sent; people change a word and send it again. */
const draft = () => `draft:${form().dataset.draft}`;
const WRITTEN = "textarea[name=system], textarea[name=question], textarea[name^=v_], #set-format, #set-schema, #set-schema_name, #set-tools";
const written = () => [...form().querySelectorAll(WRITTEN)];
const keep = () => {
  const values = Object.fromEntries(written().map(({ name, value }) => [name, value]));
  try { localStorage.setItem(draft(), JSON.stringify({ ...kept(), ...values })); } catch { /* private mode, or full */ }
};
const kept = () => {
  try { return JSON.parse(localStorage.getItem(draft()) ?? "{}") ?? {}; } catch { return {}; } // as above, or no JSON
};
const put = () => {
  const values = kept();
  for (const field of written()) {
    if (!field.value || field.id === "set-format") field.value = String(values[field.name] ?? field.value);
    if (field.value && field.closest("details.part") && field.value !== "text") field.closest("details.part").open = true;
  }
};
/* What is drawn by the server, once htmx listens: it begins behind us. */
const refresh = () => {
  document.addEventListener("htmx:after:swap", put, { once: true });
  document.getElementById("variables").dispatchEvent(new Event("refresh"));
};
const begin = () => {
  if (!question()) return;
  if ("filled" in form().dataset) {
    try { localStorage.removeItem(draft()); } catch { /* as above */ }
    keep();
    history.replaceState(history.state, "", location.pathname + location.hash); // a reload goes on with what is typed
  } else if (texts().every((text) => !text.value)) {
    put();
    if (texts().some((text) => text.value.includes("{{"))) window.addEventListener("load", () => setTimeout(refresh));
  }
};
const isWritten = (target) => target.form === form() && target.matches?.(WRITTEN);
document.addEventListener("input", ({ target }) => { if (isWritten(target)) keep(); });
document.addEventListener("change", ({ target }) => { if (isWritten(target)) keep(); });

/* Line numbers beside JSON; those with a mistake stand out. */
const number = (area) => {
  const editor = area.closest(".editor");
  let gutter = editor.querySelector(".gutter");
  if (!gutter) {
    gutter = document.createElement("div");
    gutter.className = "gutter";
    gutter.setAttribute("aria-hidden", "true");
    gutter.append(document.createElement("ol"));
    editor.prepend(gutter);
  }
  const list = gutter.firstChild;
  const lines = Math.min(area.value.split("\n").length, 5000);
  const wrong = new Set([...editor.parentElement.querySelectorAll("[data-line]")].map((link) => Number(link.dataset.line)));
  const shown = `${lines}/${[...wrong]}`;
  if (gutter.dataset.shown !== shown) {
    gutter.dataset.shown = shown;
    list.replaceChildren(...Array.from({ length: lines }, (_, index) => {
      const line = document.createElement("li");
      line.textContent = index + 1;
      if (wrong.has(index + 1)) line.className = "wrong";
      return line;
    }));
  }
  gutter.scrollTop = area.scrollTop;
};
const numbers = () => { for (const area of document.querySelectorAll("textarea[data-json]")) number(area); };
document.addEventListener("input", ({ target }) => { if (target.matches?.("textarea[data-json]")) number(target); });
document.addEventListener("scroll", ({ target }) => { if (target.matches?.("textarea[data-json]")) number(target); }, true);
document.addEventListener("htmx:after:swap", numbers);

/* A mistake leads to its place. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-line]");
  if (!link) return;
  event.preventDefault();
  const area = document.querySelector(link.getAttribute("href"));
  const lines = area.value.split("\n");
  const line = Number(link.dataset.line) - 1;
  const at = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + Number(link.dataset.column) - 1;
  area.focus();
  area.setSelectionRange(at, Math.min(at + 1, area.value.length));
  area.scrollTop = (line - 3) * (area.scrollHeight / lines.length);
});

/* A tabulator in JSON would leave the field, as it should; Enter keeps the indentation. */
document.addEventListener("keydown", (event) => {
  const area = event.target;
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
  if (!area.matches?.("textarea[data-json]")) return;
  const before = area.value.slice(0, area.selectionStart);
  const indentation = before.slice(before.lastIndexOf("\n") + 1).match(/^\s*/)[0] + (/[[{]\s*$/.test(before) ? "  " : "");
  if (!indentation) return;
  event.preventDefault();
  area.setRangeText(`\n${indentation}`, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
});

/* Files that are too large are told before they are sent anywhere. */
document.addEventListener("change", ({ target }) => {
  if (target.id !== "files") return;
  const most = Number(document.getElementById("attachments").dataset.most);
  const total = [...target.files].reduce((sum, file) => sum + file.size, 0);
  const place = document.getElementById("files-errors");
  place.replaceChildren();
  if (total <= most) return;
  const list = document.createElement("ul");
  const item = document.createElement("li");
  list.className = "errorlist";
  item.textContent = `This is ${Math.ceil(total / 1e6)} MB; ${most / 1e6} MB altogether can go along. Nothing of it was chosen.`;
  list.append(item);
  place.append(list);
  target.value = "";
});

/* What was asked comes into view where the form is above it. */
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const { ctx } = detail;
  const isAsked = /\/(ask|again)\/$/.test(ctx?.request?.action ?? "") && ctx.response?.status === 200;
  const block = matchMedia("(max-width: 959.98px)").matches ? "start" : "nearest";
  if (isAsked) document.querySelector("#prompts > .prompted")?.scrollIntoView({ block, behavior: "smooth" });
});

/* Whoever stopped an answer or gave results with the keyboard goes on there. */
let left = "";
document.addEventListener("focusin", ({ target }) => { left = target.closest?.(".prompted")?.id ?? ""; });
document.addEventListener("htmx:after:swap", () => {
  if (!left || (document.activeElement ?? document.body) !== document.body) return;
  const card = document.getElementById(left);
  (card?.querySelector(".tool-calls textarea") ?? card?.querySelector(".foot .tools :is(button, a)"))?.focus({ preventScroll: true });
});

window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its token was used
begin();
numbers();
if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) question()?.focus({ preventScroll: true });
