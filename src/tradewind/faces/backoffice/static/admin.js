// The back office comes alive: each behaviour is a module, and every page works without any of them.
import "./admin-palette.js";
import "./admin-keys.js";
import "./admin-lists.js";
import "./admin-menu.js";
