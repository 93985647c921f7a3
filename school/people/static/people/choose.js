// "All of this list" and single ticks exclude each other: what is sent is what is seen.
for (const form of document.querySelectorAll("form[data-choose]")) {
  form.addEventListener("change", (event) => {
    const all = form.querySelector("[name=all]");
    if (event.target.name === "all") {
      for (const box of form.querySelectorAll("[name=who]")) box.checked = event.target.checked;
    } else if (event.target.name === "who" && all && !event.target.checked) {
      all.checked = false;
    }
  });
}
