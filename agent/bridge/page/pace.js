// How many pictures may come, and how large they may be. Pure: the time is an argument, in milliseconds.
//
// The backend counts messages for all machines together. The far agent says how many are left for this end; pictures,
// and what follows the mouse, take a third of them each at most. A picture is one message, and its acknowledgement
// another one on the way back.

/** Before the far agent has said: the least that it leaves by default. */
const UNKNOWN_PACE = 20;
const SHARE = 1 / 3;
/** More than a dozen pictures a second show nothing more to a person. */
const LEAST_INTERVAL = 80;
/** Characters of base64 a second: for each message of the pace, and at most. Of one picture: a share of a broadcast. */
const CHARACTERS_PER_MESSAGE = 20_000;
const CHARACTERS_PER_SECOND = 1_000_000;
const LARGEST_SHARE = 1 / 3;
const SMALLEST_PAYLOAD = 256_000;

/** The time between two messages of one kind. */
export function intervalOf(pace) {
    if (pace === 0) return LEAST_INTERVAL;
    return Math.max(LEAST_INTERVAL, 1000 / ((pace ?? UNKNOWN_PACE) * SHARE));
}

/** From a sharp picture to one that just shows where things are. `scale` is of the size on the screen. */
export const RUNGS = [
    { scale: 1, quality: 80 },
    { scale: 1, quality: 60 },
    { scale: 0.75, quality: 55 },
    { scale: 0.6, quality: 45 },
    { scale: 0.45, quality: 40 },
    { scale: 0.3, quality: 35 },
];
const FIRST_RUNG = 1;
/** The weight of the newest picture in the mean. */
const NEWEST = 0.3;
const RUNG_HOLDS = 3000;
/** A rung up has about so many times the bytes; less is left free, so that it does not go up and down. */
const ROOM_TO_RISE = 0.3;

/** Chooses how large the pictures are. */
export class Sharpness {
    #rung = FIRST_RUNG;
    #mean = null;
    #changedAt = -Infinity;

    get rung() {
        return RUNGS[this.#rung];
    }

    /** Characters that one picture may have at that pace. */
    static room({ pace, payloadBytes }) {
        const second = pace === 0 ? CHARACTERS_PER_SECOND : Math.min(CHARACTERS_PER_SECOND, (pace ?? UNKNOWN_PACE) * CHARACTERS_PER_MESSAGE);
        const bySecond = (second * intervalOf(pace)) / 1000;
        return Math.min(bySecond, (payloadBytes ?? SMALLEST_PAYLOAD) * LARGEST_SHARE);
    }

    /** A picture came. True: the next ones are to be of another rung. */
    came(characters, limits, now) {
        this.#mean = this.#mean === null ? characters : this.#mean * (1 - NEWEST) + characters * NEWEST;
        const room = Sharpness.room(limits);
        const tooLarge = characters > 2 * room || (this.#mean > room && now - this.#changedAt > RUNG_HOLDS / 3);
        if (tooLarge && this.#rung < RUNGS.length - 1) return this.#move(1, now);
        const small = this.#mean < room * ROOM_TO_RISE && now - this.#changedAt > RUNG_HOLDS;
        return small && this.#rung > 0 ? this.#move(-1, now) : false;
    }

    #move(by, now) {
        this.#rung += by;
        this.#mean = null;
        this.#changedAt = now;
        return true;
    }
}

/** Chrome sends so many pictures without an acknowledgement. */
const CREDITS = 3;
/** A browser with fewer credits stands still before all are taken: then one is given back after this time. */
const QUIET = 700;
/** After the answer to an acknowledgement: a picture that it made room for has come by then. */
const SETTLED = 100;
/** An answer that comes so shortly before a picture came in one message with it. */
const TOGETHER = 30;
/** A page that changes again and again is given so many times the time between its last two pictures. */
const PATIENCE = 1.5;
/** To end a screencast and to begin another one are commands, and each has an answer. */
const BEGINNING = 4;

/** When there is room for another message after so many more. An interval has room for two; half of one may be saved up. */
function roomAfter(messages, room, now, interval) {
    return Math.max(room, now - interval / 2) + (messages * interval) / 2;
}

/**
 * Says when pictures are acknowledged. Chrome sends a picture of each change while it has a credit; a picture takes one
 * credit, and its acknowledgement gives one back. Chrome throws away what changes while it has none, and sends it not even
 * after an acknowledgement: a page that comes to rest in such a moment is shown as it was before.
 *
 * A page that changes less than once an interval (a caret that blinks) is acknowledged as it changes, so that the credits
 * never run out. Where they do, the page is restless: then one is given back when all are taken, so that one picture at a
 * time is under way. Where no picture follows that one, a change may be lost, and the screencast is begun anew, which sends
 * a picture of the page as it is. Where it follows late, the page has become slow again, and all credits are given back.
 */
export class Acknowledging {
    #owed = 0; // pictures that came and were not acknowledged
    #drawn = 0; // of them, those that were drawn
    #full = false; // all credits were taken once: the browser has that many
    #sent = 0; // acknowledgements
    #answered = 0; // of them, those that the browser has taken
    #answeredBefore = 0; // of them, those whose answer did not come together with the last one
    #room; // from then on there is room for another message
    #lastCame = -Infinity;
    #gap = Infinity; // between the last two pictures
    #lastAnswer = -Infinity;
    #alone = false; // the last answer came without a picture: the page changes so slowly that two can share a message
    #doubt = false; // the newest picture may have taken the last credit
    #askedAt; // the last acknowledgement, or the beginning
    #awaited = true; // without it there was no credit for the next picture
    #fastest = Infinity; // from there to a picture that needed it
    #response = 0; // from there to the last picture
    #slow = false; // the last picture came so late that it had not waited for a credit
    #trusted = 0; // the response for which all credits were given back, until that is known to have been right

    /** `room`: from then on there is room for a message of this screencast. `now`: it is asked for now. */
    constructor(room = -Infinity, now = -Infinity) {
        this.#room = room;
        this.#askedAt = now;
    }

    /** Of a screencast that is asked for now. `before`: that of the last one, or nothing. */
    static begin(before, now, interval) {
        return new Acknowledging(roomAfter(BEGINNING, before?.room ?? -Infinity, now, interval), now);
    }

    came(now, interval) {
        const together = now - this.#lastAnswer <= TOGETHER;
        this.#alone = this.#lastAnswer > this.#lastCame && !together;
        this.#room = roomAfter(this.#alone ? 2 : 1, this.#room, now, interval);
        this.#gap = now - this.#lastCame;
        const response = now - this.#askedAt;
        this.#slow = this.#awaited && response > this.#fastest + Math.max(this.#fastest, interval);
        if (this.#awaited) this.#fastest = Math.min(response, this.#fastest);
        // It was given all credits and fills them at once: it is restless, and what took so long were its pictures.
        if (this.#trusted > 0 && this.#gap < interval) {
            this.#fastest = Math.max(this.#fastest, this.#trusted);
            this.#trusted = 0;
        }
        this.#response = response;
        this.#awaited = false;
        this.#lastCame = now;
        this.#owed += 1;
        // The browser may have drawn it before it took an acknowledgement whose answer comes with it.
        const taken = together ? this.#answeredBefore : this.#answered;
        this.#doubt = this.#owed + this.#sent - taken >= CREDITS;
        if (this.#owed >= CREDITS) this.#full = true;
    }

    drew() {
        this.#drawn += 1;
    }

    /** When the next acknowledgement may go; Infinity: after the next picture was drawn. */
    dueAt(interval) {
        if (this.#drawn === 0) return Infinity;
        const paced = Math.max(this.#room, this.#lastCame);
        if (this.#owed >= CREDITS) return paced;
        if (this.#doubt) return Infinity;
        if (this.#owed === 1 && this.#alone) return this.#full ? Infinity : Math.max(paced, this.#lastCame + QUIET);
        return this.#gap < interval ? Math.max(paced, this.#lastCame + interval) : paced;
    }

    /** Acknowledgements go, in one message. Returns how many: each is answered(). */
    acknowledged(now, interval) {
        this.#awaited = this.#owed >= CREDITS;
        if (this.#awaited) this.#trusted = this.#slow ? this.#response : 0;
        const many = this.#awaited && !this.#slow ? 1 : this.#drawn;
        this.#owed -= many;
        this.#drawn -= many;
        this.#sent += many;
        this.#room = roomAfter(1, this.#room, now, interval);
        this.#askedAt = now;
        return many;
    }

    /** The browser has taken one more of the acknowledgements. */
    answered(now) {
        if (now - this.#lastAnswer > TOGETHER) this.#answeredBefore = this.#answered;
        this.#answered += 1;
        this.#lastAnswer = now;
    }

    /** When the screencast is to begin anew, if no picture comes before; Infinity: what is shown is how the page is. */
    stalledAt(interval) {
        if (!this.#doubt || this.#owed >= CREDITS || this.#answered < this.#sent) return Infinity;
        const awaited = Math.min(PATIENCE * this.#gap, Math.max(QUIET, 3 * interval));
        return Math.max(this.#lastCame + awaited, this.#lastAnswer + SETTLED, this.#room);
    }

    /** When there is room for another beginning. */
    get room() {
        return this.#room;
    }

    get underWay() {
        return this.#owed;
    }
}

/** Gathers what may be put together (moves of the mouse, turns of the wheel) into one message an interval. */
export class Gathered {
    #waiting = null;
    #lastSent = -Infinity;
    #merge;

    constructor(merge) {
        this.#merge = merge;
    }

    add(what) {
        this.#waiting = this.#waiting === null ? what : this.#merge(this.#waiting, what);
    }

    dueAt(interval) {
        return this.#waiting === null ? Infinity : this.#lastSent + interval;
    }

    take(now) {
        const taken = this.#waiting;
        this.#waiting = null;
        if (taken !== null) this.#lastSent = now;
        return taken;
    }
}
