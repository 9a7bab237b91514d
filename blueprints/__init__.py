"""The web's front doors: thin views that read, call one service function and answer."""
