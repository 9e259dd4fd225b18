"use strict";

const page = document.documentElement;
const switcher = document.querySelector(".language");

function remembered() {
  try { return localStorage.getItem("language"); } catch { return null; }
}

function preferred() {
  for (const language of navigator.languages || [navigator.language]) {
    if (/^(km|en)\b/.test(language)) return language.slice(0, 2);
  }
  return "en";
}

function show(language) {
  page.lang = page.dataset.language = language;
  for (const button of switcher.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.choose === language));
  }
}

switcher.hidden = false;
switcher.addEventListener("click", (event) => {
  const language = event.target.dataset.choose;
  if (!language) return;
  show(language);
  try { localStorage.setItem("language", language); } catch { /* not kept, still shown */ }
});
show(remembered() || preferred());

const words = document.getElementById("state").content;
const services = [...document.querySelectorAll("[data-service]")];
for (const service of services) service.querySelector(".state").append(words.cloneNode(true));

async function ask(service) {
  let state = "unavailable";
  try {
    const answer = await fetch(`/health/${service.dataset.service}`, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (answer.ok) state = (await answer.json()).status === "degraded" ? "degraded" : "ready";
  } catch { /* stays unavailable */ }
  service.dataset.state = state;
}

function askAll() {
  if (!document.hidden) services.forEach(ask);
}

askAll();
setInterval(askAll, 10000);
document.addEventListener("visibilitychange", askAll);
