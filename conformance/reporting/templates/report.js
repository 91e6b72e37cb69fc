"use strict";
// Everything on the page works without this script; it adds the filter, the copy buttons and the unfolding of what is linked to.
(() => {
  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const topics = [...document.querySelectorAll("details.topic")];
  const rows = topics.map((topic) =>
    [...topic.querySelectorAll("li.row")].map((row) => ({
      row,
      verdict: row.dataset.verdict,
      text: row.querySelector(".line").textContent.toLowerCase(),
    })));
  const total = rows.flat().length;

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const active = wanted.length > 0 || verdicts.size < boxes.length;
    let count = 0;
    topics.forEach((topic, index) => {
      let hits = 0;
      for (const { row, verdict, text } of rows[index]) {
        const hit = verdicts.has(verdict) && wanted.every((word) => text.includes(word));
        row.hidden = !hit;
        hits += hit;
      }
      topic.hidden = hits === 0;
      if (active) topic.open = hits > 0;
      count += hits;
    });
    shown.textContent = active ? `${count} of ${total} shown` : "";
  }

  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const place = id && document.getElementById(id);
    if (!place) return;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    place.scrollIntoView();
  }

  function addCopyButton(pre) {
    const frame = document.createElement("div");
    const button = document.createElement("button");
    frame.className = "copying";
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${pre.getAttribute("aria-label")}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(pre);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    pre.replaceWith(frame);
    frame.append(pre, button);
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelectorAll("pre.copy").forEach(addCopyButton);
  addEventListener("hashchange", reveal);
  filter();
  reveal();
})();
