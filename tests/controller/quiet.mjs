// Imported before supabase-js, which warns of an old Node at each start. What it misses there is a WebSocket, and we
// give it one; the warning would only stand in the way of the controller's own words.
const warn = console.warn;
console.warn = (...words) => {
    if (!/Node\.js \d+ and below are deprecated/.test(String(words[0]))) warn(...words);
};
