import "./dom.js";
import "./counts.js";
import "./rows.js";
import "./thread.js";
import "./write.js";
import "./mail.js";
import "./news.js";
import "./signals.js";
