// Before the H5P core: its data, from JSON in the page, because no inline script may run here.
window.H5PIntegration = JSON.parse(document.getElementById("integration").textContent);
