"use strict";

// A citizen's ballot: the token of the unit's QR code stands behind the #, so that it reaches no log with this page.

const API = "/api/scorecard/v1";
const WORDS = {
  title: ["ដាក់ពិន្ទុសេវាសាធារណៈ", "Score your public service"],
  name: ["គណនេយ្យភាពសង្គម", "Social accountability"],
  loading: ["កំពុងបើក…", "Opening…"],
  lead: ["តើអ្នកពេញចិត្តកម្រិតណា? គ្មាននរណាអាចដឹងថាអ្នកដាក់ពិន្ទុយ៉ាងណាទេ ហើយអ្នកមិនចាំបាច់ប្រាប់ឈ្មោះឡើយ។",
    "How satisfied are you? Nobody can learn how you scored, and no name is asked."],
  until: ["ដាក់ពិន្ទុបានរហូតដល់៖ ", "Scoring is open until "],
  own: ["ប្រជាពលរដ្ឋនៅទីនេះបានជ្រើសរើស", "Chosen by the citizens here"],
  listen: ["▶ ស្តាប់", "▶ Listen"],
  silent: ["▶ មិនអាចស្តាប់បាន", "▶ Cannot be played now"],
  unknown: ["មិនដឹង ឬមិនឆ្លើយ", "I do not know, or no answer"],
  about: ["អំពីអ្នក", "About you"],
  optional: ["មិនឆ្លើយក៏បាន។ ចម្លើយជួយឱ្យដឹងថា សេវាល្អសម្រាប់គ្រប់គ្នាឬអត់។",
    "You may leave this out. It helps to see whether the service is good for everybody."],
  sex: ["ភេទ", "Sex"], female: ["ស្រី", "Female"], male: ["ប្រុស", "Male"],
  age_group: ["អាយុ", "Age"], youth: ["យុវជន", "Young"], adult: ["ពេញវ័យ", "Adult"], elder: ["មនុស្សចាស់", "Older"],
  disability: ["តើអ្នកមានពិការភាពឬទេ?", "Do you live with a disability?"],
  ethnic_minority: ["តើអ្នកជាជនជាតិភាគតិចឬទេ?", "Do you belong to an ethnic minority?"],
  id_poor: ["តើគ្រួសារអ្នកមានប័ណ្ណសមធម៌ (ប័ណ្ណក្រីក្រ) ឬទេ?", "Does your household hold an ID-Poor card?"],
  yes: ["បាទ/ចាស", "Yes"], no: ["ទេ", "No"], undisclosed: ["មិនប្រាប់", "Rather not say"],
  progress: ["បានឆ្លើយ {0} ក្នុងចំណោម {1}", "{0} of {1} answered"],
  send: ["ផ្ញើពិន្ទុ", "Send my scores"],
  none: ["សូមដាក់ពិន្ទុយ៉ាងតិចមួយ។", "Please score at least one."],
  missing: ["នៅសល់ {0} ទៀត។ ចុចម្ដងទៀត ដើម្បីផ្ញើដោយមិនឆ្លើយ។", "{0} left. Tap again to send without them."],
  sending: ["កំពុងផ្ញើ…", "Sending…"],
  saved: ["បានរក្សាទុកក្នុងទូរសព្ទនេះ", "Saved on this phone"],
  later: ["ពិន្ទុរបស់អ្នកនឹងត្រូវផ្ញើ នៅពេលមានអ៊ីនធឺណិត។ សូមទុកទំព័រនេះឱ្យនៅបើក ឬបើកវាម្ដងទៀតពេលក្រោយ។",
    "Your scores will be sent when there is a connection. Leave this page open, or open it again later."],
  now: ["ផ្ញើឥឡូវនេះ", "Send now"],
  done: ["សូមអរគុណ!", "Thank you!"],
  received: ["ពិន្ទុរបស់អ្នកបានទទួលហើយ។ លទ្ធផលនឹងត្រូវផ្សព្វផ្សាយ ដោយគ្មាននរណាដឹងថាអ្នកដាក់ពិន្ទុយ៉ាងណាទេ។",
    "Your scores were received. The results will be made public; nobody learns how you scored."],
  before: ["ទូរសព្ទនេះបានដាក់ពិន្ទុរួចហើយ។", "This phone has scored already."],
  change: ["ដាក់ពិន្ទុម្ដងទៀតជំនួសពិន្ទុមុន", "Score again, in place of before"],
  refused: ["មិនអាចទទួលពិន្ទុបានទេ", "Your scores could not be taken"],
  closed: ["មិនអាចដាក់ពិន្ទុបានទេ", "You cannot score now"],
  scan: ["សូមស្កេនកូដ QR របស់អង្គភាព ដោយកាមេរ៉ាទូរសព្ទ។", "Scan the unit's QR code with your phone's camera."],
  offline: ["គ្មានអ៊ីនធឺណិត", "No connection"],
  reach: ["មិនអាចទាក់ទងប្រព័ន្ធបានទេ។ សូមព្យាយាមម្ដងទៀត។", "The system cannot be reached. Please try again."],
  again: ["ព្យាយាមម្ដងទៀត", "Try again"],
};
const TAGS = { sex: ["female", "male"], age_group: ["youth", "adult", "elder"], disability: [true, false],
  ethnic_minority: [true, false], id_poor: [true, false] };
const MONTHS = ["មករា January", "កុម្ភៈ February", "មីនា March", "មេសា April", "ឧសភា May", "មិថុនា June", "កក្កដា July",
  "សីហា August", "កញ្ញា September", "តុលា October", "វិច្ឆិកា November", "ធ្នូ December"];
const RETRY_SECONDS = [5, 10, 20, 40, 60];

const main = document.getElementById("main");
const kept = {};
let language = recall("language") === "en" ? "en" : "km";
let token, form, scores, tags, view, askedAbout, sending = false, tries = 0, timer, player;

function recall(key, otherwise) {
  try { return localStorage.getItem(key) || otherwise; } catch (error) { return kept[key] || otherwise; }
}
function keep(key, value) {
  kept[key] = value;
  try { localStorage.setItem(key, value); } catch (error) { /* private window: kept while it is open */ }
}
const unsent = () => JSON.parse(recall("ballot.unsent", "[]"));
const finished = () => JSON.parse(recall("ballot.done", "[]"));
const place = (of) => of.round_id + "/" + (of.unit_code || of.unit.code);
const digits = (text) => language === "km" ? String(text).replace(/\d/g, (d) => "០១២៣៤៥៦៧៨៩"[d]) : String(text);
const say = (word, ...values) =>
  values.reduce((text, value, at) => text.replace("{" + at + "}", digits(value)), WORDS[word][language === "km" ? 0 : 1]);
const local = (thing, name) => thing[name + "_" + language] || thing[name + "_km"] || "";

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  if (tag === "i" || node.className === "sign") node.setAttribute("aria-hidden", "true");
  node.append(...children.filter(Boolean));
  return node;
}

// Answers { status, body }; status 0 is no answer of ours: no network, or a page that some network put in between.
async function ask(path, body) {
  const stop = window.AbortController ? new AbortController() : { abort() {} };
  const patience = setTimeout(() => stop.abort(), 20000);
  try {
    const headers = { "Accept-Language": language, "Content-Type": "application/json" };
    const answer = await fetch(API + path, { method: body ? "POST" : "GET", headers, cache: "no-store", credentials: "omit",
      body: body && JSON.stringify(body), signal: stop.signal });
    return { status: answer.status, body: await answer.json() };
  } catch (error) {
    return { status: 0 };
  } finally {
    clearTimeout(patience);
  }
}

async function open() {
  token = location.hash.slice(1);
  form = null;
  if (!token) return show({ name: "message", bad: true, title: "closed", text: say("scan") });
  show({ name: "loading" });
  const answer = await ask("/ballot-forms/" + encodeURIComponent(token));
  const known = answer.body || {};
  if (answer.status === 200 && known.indicators) {
    form = known;
    begin();
  } else if (unsent().some((entry) => entry.token === token)) show({ name: "saved" });
  else {
    const refused = known.detail && answer.status < 500;
    show({ name: "message", bad: true, title: refused ? "closed" : "offline", text: refused ? known.detail : say("reach"), again: open });
  }
}

function begin(anew) {
  if (unsent().some((entry) => place(entry.ballot) === place(form))) return send();
  if (!anew && finished().includes(place(form))) return show({ name: "done", text: "before" });
  const draft = anew ? {} : drafted();
  scores = questions().map((_, at) => (draft.scores || {})[at]);
  tags = draft.tags || {};
  askedAbout = 0;
  show({ name: "form" });
}

// What was answered so far outlives a reload of this tab, and no more than that.
function drafted(answers) {
  try {
    if (answers) sessionStorage.setItem(token, JSON.stringify(answers));
    return JSON.parse(sessionStorage.getItem(token)) || {};
  } catch (error) {
    return {};
  }
}
const note = () => drafted({ scores: Object.assign({}, scores), tags });
const questions = () => form.indicators.concat(form.own_indicators || []);
const answered = () => scores.filter((score) => score !== undefined).length;

function submit(event) {
  event.preventDefault();
  const missing = scores.length - answered();
  if (!scores.some((score) => score)) return remind(say("none"));
  if (missing && askedAbout !== missing) {
    askedAbout = missing;
    return remind(say("missing", missing));
  }
  let device = recall("ballot.device");
  if (!device) keep("ballot.device", device = uuid());
  const ballot = Object.assign({ id: uuid(), round_id: form.round_id, unit_code: form.unit.code, device_id: device,
    ballot_token: token, cast_at: new Date().toISOString(), scores: scores.map((score) => score || null) }, tags);
  keep("ballot.unsent", JSON.stringify(unsent().concat({ token, ballot })));
  drafted({});
  tries = 0;
  send();
}

function remind(text) {
  document.getElementById("progress").textContent = text;
  document.getElementById("said").textContent = text;
  const open = document.querySelectorAll("fieldset.indicator");
  scores.forEach((score, at) => open[at].classList.toggle("missing", score === undefined));
  const first = document.querySelector(".missing");
  if (first) first.scrollIntoView({ block: "start", behavior: "smooth" });
}

// Every unsent ballot under the id it was given: sent twice it counts once.
async function send() {
  if (sending) return;
  sending = true;
  clearTimeout(timer);
  const here = (entry) => entry.token === token;
  if (unsent().some(here)) show({ name: "sending" });
  for (const entry of unsent().sort((one, other) => here(other) - here(one))) {
    const answer = await ask("/ballots", entry.ballot);
    const body = answer.body || {};
    const taken = (answer.status === 200 || answer.status === 201) && body.id === entry.ballot.id;
    const refused = body.code && answer.status >= 400 && answer.status < 500 && ![401, 408, 425, 429].includes(answer.status);
    if (!taken && !refused) {
      if (here(entry)) show({ name: "saved" });
      if (!answer.status) break;
      continue;
    }
    keep("ballot.unsent", JSON.stringify(unsent().filter((other) => other.ballot.id !== entry.ballot.id)));
    if (taken || body.code === "already_scored") keep("ballot.done", JSON.stringify(finished().concat(place(entry.ballot)).slice(-200)));
    if (!here(entry)) continue;
    if (taken) show({ name: "done", text: "received" });
    else show({ name: "message", bad: true, title: "refused", text: body.detail, again: body.code === "already_scored" ? null : open,
      entry });
  }
  sending = false;
  if (unsent().length) timer = setTimeout(send, RETRY_SECONDS[Math.min(tries++, RETRY_SECONDS.length - 1)] * 1000);
}

function show(next) {
  const moved = !view || view.name !== next.name;
  view = next;
  document.documentElement.lang = language;
  document.title = form ? local(form.unit, "name") : say("title");
  document.getElementById("name").textContent = say("name");
  for (const button of document.querySelectorAll("[data-choose]")) button.setAttribute("aria-pressed", button.dataset.choose === language);
  if (player) player.pause();
  main.textContent = "";
  main.append(next.name === "form" ? ballot() : message(next));
  const heading = main.querySelector("h1");
  if (moved) {
    scrollTo(0, 0);
    heading.focus();
  }
}

function message(shown) {
  const signs = { loading: "…", sending: "…", saved: "⏳", done: "✓", message: "!" };
  const title = say({ done: "done", saved: "saved", message: shown.title }[shown.name] || shown.name);
  const text = { done: shown.text && WORDS[shown.text] && say(shown.text), saved: say("later"), message: shown.text }[shown.name];
  const buttons = [];
  const add = (word, action) => buttons.push(make("button", { type: "button", className: "main-button", onclick: action }, say(word)));
  if (shown.name === "saved") add("now", send);
  if (shown.again) add("again", shown.again);
  if (shown.name === "done" && form && form.phone_repeat === "replace") add("change", () => begin(true));
  return make("div", { className: "message" + (shown.bad ? " bad" : "") },
    make("p", { className: "sign" }, signs[shown.name]),
    make("h1", { tabIndex: -1 }, title),
    form && make("p", { className: "lead" }, local(form.unit, "name")),
    text && make("p", {}, text), ...buttons);
}

function ballot() {
  const own = form.indicators.length;
  const offered = Object.keys(TAGS).filter((name) => !form.tags || form.tags.some((tag) => tag.field === name));
  return make("form", { onsubmit: submit, noValidate: true },
    make("h1", { tabIndex: -1 }, local(form.unit, "name")),
    make("p", { className: "lead" }, say("lead")),
    form.closes_at && make("p", { className: "note" }, say("until"), hour(form.closes_at)),
    ...form.indicators.map(indicator),
    form.own_indicators && form.own_indicators.length && make("h2", {}, say("own")),
    ...(form.own_indicators || []).map((entry, at) => indicator(entry, own + at)),
    make("h2", {}, say("about")), make("p", { className: "note" }, say("optional")), ...offered.map(tag),
    make("div", { className: "send" },
      make("p", { id: "progress" }, say("progress", answered(), scores.length)),
      make("button", { className: "main-button" }, say("send"))));
}

// In Cambodia, whatever the phone's clock; few phones know Khmer dates by themselves.
function hour(instant) {
  const at = new Date(Date.parse(instant) + 7 * 3600000), [day, time] = [at.getUTCDate(), at.toISOString().slice(11, 16)];
  const month = MONTHS[at.getUTCMonth()].split(" ")[language === "km" ? 0 : 1];
  return language === "km" ? digits("ថ្ងៃទី" + day + " ខែ" + month + " ម៉ោង " + time) : day + " " + month + ", " + time;
}

function indicator(entry, at) {
  const hint = local(entry, "hint"), audio = entry["audio_" + language];
  const steps = form.scale.map((step, index) => ({ value: step.value, text: local(step, "label"), number: digits(step.value),
    hue: Math.round(index / (form.scale.length - 1) * 140) }));
  const set = make("fieldset", { className: "indicator" },
    make("legend", {}, digits(at + 1) + ". " + local(entry, "label")),
    hint && make("p", { className: "hint", id: "hint" + at }, hint),
    audio && listen(audio),
    options("score" + at, steps.concat({ value: null, text: say("unknown") }), scores[at], (value) => {
      scores[at] = value;
      note();
      set.classList.remove("missing");
      document.getElementById("progress").textContent = say("progress", answered(), scores.length);
    }));
  if (hint) set.setAttribute("aria-describedby", "hint" + at);
  return set;
}

function tag(name) {
  const texts = { true: "yes", false: "no" };
  const values = TAGS[name].map((value) => ({ value, text: say(texts[value] || value) }));
  const choice = options(name, values.concat({ value: undefined, text: say("undisclosed") }), tags[name], (value) => {
    if (value === undefined) delete tags[name];
    else tags[name] = value;
    note();
  }, true);
  choice.classList.add("short");
  return make("fieldset", {}, make("legend", {}, say(name)), choice);
}

function options(name, entries, chosen, choose, preset) {
  const list = make("div", { className: "options" });
  for (const entry of entries) {
    const input = make("input", { type: "radio", name, checked: entry.value === chosen && (preset || chosen !== undefined) });
    const label = make("label", { className: entry.number ? "" : "plain" }, input,
      make("i", {}, entry.number || ""), make("span", {}, entry.text));
    if (entry.number) label.style.setProperty("--hue", entry.hue);
    label.classList.toggle("chosen", input.checked);
    input.addEventListener("change", () => {
      choose(entry.value);
      for (const other of list.children) other.classList.toggle("chosen", other === label);
    });
    list.append(label);
  }
  return list;
}

function listen(address) {
  const button = make("button", { type: "button", className: "listen" }, say("listen"));
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const playing = button.getAttribute("aria-pressed") === "true";
    if (player) player.pause();
    if (playing) return;
    player = new Audio(address);
    const state = (on) => () => button.setAttribute("aria-pressed", on);
    player.addEventListener("playing", state("true"));
    for (const name of ["pause", "ended"]) player.addEventListener(name, state("false"));
    button.textContent = say("listen");
    player.addEventListener("error", () => { button.textContent = say("silent"); });
    player.play().catch(state("false"));
  });
  return button;
}

document.querySelector(".language").addEventListener("click", (event) => {
  const chosen = event.target.dataset.choose;
  if (!chosen || chosen === language) return;
  language = chosen;
  keep("language", language);
  if (view.name !== "message") return show(view);
  if (!view.entry) return open();
  keep("ballot.unsent", JSON.stringify(unsent().concat(view.entry)));
  send();
});
addEventListener("hashchange", open);
addEventListener("online", () => send());
document.addEventListener("visibilitychange", () => { if (!document.hidden && unsent().length) send(); });
open();
if (unsent().length) send();
