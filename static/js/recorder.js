/* The recorder: what the microphone hears becomes the form's file. Without it, or without a microphone, a file is chosen. */

const KINDS = ["audio/webm;codecs=opus", "audio/webm", "audio/ogg;codecs=opus", "audio/mp4"];

const file = document.getElementById("file");
const button = document.getElementById("record");
const heard = document.getElementById("heard");
const most = Number(file?.dataset.most);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

let recorder = null;
let ticking = 0;

const complain = (text) => {
  const place = document.getElementById("file-errors");
  place.replaceChildren();
  if (!text) return;
  const list = document.createElement("ul");
  const line = document.createElement("li");
  list.className = "errorlist";
  line.textContent = text;
  list.append(line);
  place.append(list);
};

/* What was chosen can be heard before it is sent; what is too large is not sent at all. */
const look = () => {
  if (heard.src) URL.revokeObjectURL(heard.src);
  heard.removeAttribute("src");
  const [chosen] = file.files;
  const problem = chosen ? wrong(chosen) : "";
  complain(problem);
  heard.hidden = !chosen || Boolean(problem);
  if (!heard.hidden) heard.src = URL.createObjectURL(chosen);
};
const wrong = ({ name, size }) => {
  if (!size) return `“${name}” is empty.`;
  return size < most ? "" : `“${name}” has ${Math.round(size / 1e6)} MB; up to ${most / 1e6} MB can be sent.`;
};

const show = (isRecording) => {
  button.setAttribute("aria-pressed", String(isRecording));
  button.querySelector("span").textContent = isRecording ? "Stop" : "Record";
  button.querySelector("time").hidden = !isRecording;
  clearInterval(ticking);
  if (!isRecording) return;
  let seconds = 0;
  button.querySelector("time").textContent = clock(0);
  ticking = setInterval(() => { seconds += 1; button.querySelector("time").textContent = clock(seconds); }, 1000);
};

const begin = async () => {
  complain("");
  let sound;
  try {
    sound = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    complain(error.name === "NotAllowedError"
      ? "The microphone may not be used. Allow it in the browser's settings for this page, or choose a file."
      : "There is no microphone that can be used. Choose a file.");
    return;
  }
  const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
  const pieces = [];
  let size = 0;
  recorder = new MediaRecorder(sound, kind ? { mimeType: kind, audioBitsPerSecond: 64_000 } : {});
  recorder.addEventListener("dataavailable", ({ data }) => {
    pieces.push(data);
    size += data.size;
    if (size > most * 0.95 && recorder?.state === "recording") recorder.stop(); // what was said until then can be sent
  });
  recorder.addEventListener("stop", () => {
    for (const track of sound.getTracks()) track.stop();
    const type = recorder.mimeType.split(";")[0];
    const ending = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" }[type] ?? "webm";
    const kept = new DataTransfer();
    kept.items.add(new File(pieces, `recording.${ending}`, { type }));
    file.files = kept.files;
    recorder = null;
    show(false);
    look();
  });
  recorder.start(1000); // a piece each second
  show(true);
};

if (file && button) {
  button.hidden = !(navigator.mediaDevices?.getUserMedia && window.MediaRecorder); // only where the page is secure
  button.addEventListener("click", () => { if (recorder) recorder.stop(); else begin(); });
  file.addEventListener("change", look);
  look(); // the browser may have kept it
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "asking" || !file) return;
  if (recorder) {
    event.preventDefault();
    event.stopImmediatePropagation();
    complain("The recording is still going on. Stop it first.");
  } else if (file.files.length && wrong(file.files[0])) {
    event.preventDefault();
    event.stopImmediatePropagation();
    look();
    file.focus();
  }
}, true);

/* What was sent is kept by the server: the form goes on with that. */
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const { ctx } = detail;
  if (!/\/transcribe\/ask\/$/.test(ctx?.request?.action ?? "") || ctx.response?.status !== 200) return;
  file.value = "";
  look();
});

/* The server read no further. */
document.addEventListener("htmx:response:error", ({ detail }) => {
  if (detail.ctx.response.status === 413) complain(document.getElementById("asking").dataset.tooLarge);
});
