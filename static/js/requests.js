/* The console: what is typed survives, seconds go by, too much is said before it is sent. Without it the form works. */

const form = () => document.getElementById("asking");
const MOST = 25_000_000; // bytes of all files: more does not reach the server in one form

/* Files that are too large are said where they were chosen, before anything is uploaded. */
const weigh = () => {
  const fields = [...document.querySelectorAll("#rows-file input[type=file]")];
  let sum = 0;
  for (const field of fields) {
    for (const file of field.files) sum += file.size;
    field.setCustomValidity(sum > MOST ? "Files of 25 MB together can go along." : "");
  }
  return fields.find((field) => !field.validity.valid);
};
document.addEventListener("change", (event) => {
  if (event.target.matches?.("#rows-file input[type=file]")) weigh()?.reportValidity();
});
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const tooLarge = ctx.sourceElement?.closest?.("#asking") && ctx.request.body instanceof FormData && weigh();
  if (!tooLarge) return;
  event.preventDefault();
  tooLarge.reportValidity();
});

/* What came comes into view where the form is above it. */
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const isAsked = ctx?.request?.action?.endsWith("/send/") && ctx.response?.status === 200;
  if (isAsked) document.querySelector("#came > article")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
});

/* A screen reader hears the end. */
const announce = (text) => {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 50);
};
const watched = new Set();
const watch = () => {
  for (const run of document.querySelectorAll("#came > [data-going]")) watched.add(run.id);
  for (const id of watched) {
    const run = document.getElementById(id);
    if (run && "going" in run.dataset) continue;
    watched.delete(id);
    if (run) announce(run.dataset.said);
  }
};
document.addEventListener("htmx:after:swap", watch);
watch();

setInterval(() => {
  for (const since of document.querySelectorAll("[data-elapsed]")) {
    since.dataset.elapsed = Number(since.dataset.elapsed) + 1;
    since.textContent = `${since.dataset.elapsed} s`;
  }
}, 1000);

window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its token was used
