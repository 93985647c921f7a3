// An exercise was answered: the page says how far the learner is.
document.addEventListener("h5p:result", ({ detail }) => {
  const line = document.querySelector("[data-standing]");
  if (line && Number.isFinite(detail.percent)) line.textContent = line.dataset.text.replace("{percent}", detail.percent);
  document.querySelector("[data-complete]").hidden = !detail.complete;
});
