/* What every page of the chat has: theme, menus, toasts, sheets, and a word when a request fails. */

/* The theme changes at once; the server keeps it. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches(".theme") || !button) return;
  event.preventDefault();
  const next = { light: "dark", dark: "system", system: "light" };
  const body = new URLSearchParams(new FormData(form, button));
  document.documentElement.dataset.theme = button.value;
  button.title = `Theme: ${button.value}. Press to change it.`;
  button.value = next[button.value];
  await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
});

/* A menu closes by a click elsewhere or Escape. */
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.more[open]")) {
    if (menu !== except && !(except && menu.contains(except))) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target.closest?.("details.menu, details.more")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open], details.more[open]");
  if (!menu) return;
  menu.querySelector("summary").focus();
  menu.open = false;
  event.stopImmediatePropagation();
}, true);

/* Toasts can be sent away. */
const armToasts = () => {
  for (const button of document.querySelectorAll("[data-dismiss][hidden]")) button.hidden = false;
};
document.addEventListener("click", (event) => { event.target.closest?.("[data-dismiss]")?.closest(".toast").remove(); });

/* Choosing a chat closes the sheet it was chosen in. */
document.addEventListener("htmx:after:swap", (event) => {
  armToasts();
  if (event.detail.ctx.sourceElement?.closest?.(".row .name")) document.querySelector(".sessions:popover-open")?.hidePopover();
});
armToasts();

/* Nothing fails in silence. */
const say = (text) => {
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  document.getElementById("toasts")?.replaceChildren(toast);
  setTimeout(() => toast.remove(), 8000);
};

/* A stream of answers that breaks off begins again by itself; one that never began has to be told. */
const isStream = (ctx) => ctx?.request?.action?.endsWith("/events/");
const again = ({ sourceElement: run }) => { setTimeout(() => run.dispatchEvent(new Event("again")), 1300); };

document.addEventListener("htmx:error", (event) => {
  if (isStream(event.detail.ctx)) return again(event.detail.ctx);
  say("The server cannot be reached. What you typed is kept; try again in a moment.");
});
document.addEventListener("htmx:response:error", (event) => {
  const { status } = event.detail.ctx.response;
  if (status >= 500 && isStream(event.detail.ctx)) return again(event.detail.ctx);
  if (status === 422) return; // said where it belongs
  if (status === 404) say("This is not there any more. Reload the page to see how things are.");
  else if (status === 413) say("This is too much for one message.");
  else if (status === 403) say("This page is too old. Reload it and try again; what you typed is kept.");
  else say(`That did not work (${status}). Try again in a moment.`);
});
