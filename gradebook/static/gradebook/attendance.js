// The number of absent pupils follows the taps; without this script it is counted when the form is saved.
const roll = document.querySelector("[data-roll]");
const count = roll.querySelector("[data-absent]");
roll.addEventListener("change", () => (count.textContent = roll.querySelectorAll("input:checked:not([value=''])").length));
