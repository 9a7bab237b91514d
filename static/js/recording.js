// A mark of a matter sets the player to its second; without scripts the link opens the recording there.
document.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-second]");
  const player = document.getElementById("player");
  if (!mark || !player) return;
  event.preventDefault();
  player.currentTime = Number(mark.dataset.second);
  player.play().catch(() => {});
  player.focus();
});
