/* Sounds: their pictures, words that play where they are clicked, a count of characters. Without it the players still play. */

const BARS = 160;
const HEIGHT = 40;
const LARGEST = 12_000_000; // bytes that are decoded for a picture: a phone has little memory

/* ---- pictures of sounds ---- */
const shapeOf = (samples) => {
  const loud = Array.from({ length: BARS }, (_, bar) => {
    const begin = Math.floor((samples.length * bar) / BARS);
    const end = Math.floor((samples.length * (bar + 1)) / BARS);
    const step = Math.max(1, Math.floor((end - begin) / 400));
    let most = 0;
    for (let at = begin; at < end; at += step) most = Math.max(most, Math.abs(samples[at]));
    return most;
  });
  const loudest = Math.max(...loud) || 1;
  return loud.map((value, bar) => {
    const half = Math.max(1, (value / loudest) * (HEIGHT / 2 - 1));
    return `M${bar + 0.5} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`;
  }).join("");
};

/* What the server cannot read (it has no codec) is decoded here, once it comes into view. */
const draw = async (wave) => {
  const audio = wave.closest(".player").querySelector("audio");
  try {
    const response = await fetch(audio.src);
    if (!response.ok || Number(response.headers.get("Content-Length")) > LARGEST) return;
    const decoder = new OfflineAudioContext(1, 1, 24_000);
    const sound = await decoder.decodeAudioData(await response.arrayBuffer());
    const shape = shapeOf(sound.getChannelData(0));
    wave.setAttribute("viewBox", `0 0 ${BARS} ${HEIGHT}`);
    for (const path of wave.querySelectorAll("path")) path.setAttribute("d", shape);
    wave.removeAttribute("hidden");
  } catch { /* a kind that this browser does not know: the player says so */ }
};
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    draw(entry.target.querySelector("[data-draw]"));
  }
});
const watch = () => {
  for (const wave of document.querySelectorAll("[data-draw]:not([data-watched])")) {
    wave.dataset.watched = "";
    seen.observe(wave.closest(".player"));
  }
  for (const button of document.querySelectorAll("[data-copy-text][hidden]")) button.hidden = false;
};

/* ---- playing ---- */
const audioOf = (element) => element.closest("[data-player]")?.querySelector("audio");
const whenKnown = (audio, then) => {
  if (audio.readyState >= 1) return then();
  audio.addEventListener("loadedmetadata", then, { once: true });
  audio.preload = "metadata";
  audio.load();
};
const playFrom = (audio, seconds) => whenKnown(audio, () => {
  audio.currentTime = seconds;
  audio.play().catch(() => { /* nothing to play it with: the player shows it */ });
});

document.addEventListener("click", (event) => {
  const { target } = event;
  const wave = target.closest?.(".wave");
  if (wave) {
    const audio = audioOf(wave);
    const { left, width } = wave.getBoundingClientRect();
    whenKnown(audio, () => playFrom(audio, (audio.duration || 0) * Math.min(1, Math.max(0, (event.clientX - left) / width))));
    return;
  }
  const word = target.closest?.(".word");
  const line = target.closest?.(".line[data-at]");
  const isTime = target.closest?.("a.time");
  if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!isTime && !word && String(getSelection())) return; // somebody marks text
  const audio = audioOf(line);
  if (!audio) return;
  event.preventDefault();
  playFrom(audio, Number((word ?? line).dataset.at));
});

/* What is said now is marked; the list follows unless somebody reads elsewhere in it. */
const mark = (player, selector, seconds) => {
  let now = null;
  for (const part of player.querySelectorAll(selector)) {
    const is = Number(part.dataset.at) <= seconds && seconds < Number(part.dataset.to);
    part.classList.toggle("now", is);
    if (is) now = part;
  }
  return now;
};
const follow = (line) => {
  const list = line?.closest(".spoken");
  if (!list || list.matches(":hover, :focus-within")) return;
  const below = line.offsetTop + line.offsetHeight - list.scrollTop - list.clientHeight;
  if (line.offsetTop < list.scrollTop || below > 0) list.scrollTop = line.offsetTop - list.clientHeight / 3;
};
const show = ({ target: audio }) => {
  const player = audio.closest?.("[data-player]");
  if (!player) return;
  const part = audio.duration > 0 ? audio.currentTime / audio.duration : 0;
  audio.parentElement.querySelector(".wave")?.style.setProperty("--played", `${100 * part}%`);
  const line = mark(player, ".line[data-at]", audio.currentTime);
  mark(player, ".word", audio.currentTime);
  if (!audio.paused) follow(line);
};
/* What a browser records does not say how long it is: looking at its end makes the player find out. */
document.addEventListener("loadedmetadata", ({ target }) => {
  if (target.duration !== Infinity) return;
  target.addEventListener("durationchange", () => { target.currentTime = 0; }, { once: true });
  target.currentTime = 1e7;
}, true);

for (const name of ["timeupdate", "seeked", "ended"]) document.addEventListener(name, show, true);

/* One at a time. */
document.addEventListener("play", ({ target }) => {
  for (const other of document.querySelectorAll("audio")) if (other !== target) other.pause();
}, true);

/* ---- the rest ---- */
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy-text]");
  if (!button) return;
  const words = button.querySelector("span");
  try {
    const response = await fetch(button.dataset.copyText);
    await navigator.clipboard.writeText((await response.text()).trimEnd());
    words.textContent = "Copied";
  } catch {
    const text = button.closest(".drawing").querySelector("[id$=-text]");
    text.classList.remove("visually-hidden");
    getSelection().selectAllChildren(text);
    words.textContent = "Marked; copy it with Ctrl+C";
  }
  setTimeout(() => { words.textContent = "Copy"; }, 3000);
});

const count = () => {
  const [place] = document.querySelectorAll("[data-count-of]");
  if (!place) return;
  const { length } = document.getElementById(place.dataset.countOf).value.trim();
  place.textContent = length ? `${length.toLocaleString("en")} characters` : "";
};
document.addEventListener("input", count);
document.addEventListener("htmx:after:swap", () => { watch(); count(); });
watch();
count();
