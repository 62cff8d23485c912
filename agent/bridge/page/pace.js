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
/** A screencast begins with as many pictures as there are credits, and with a message each way: so long none is acknowledged. */
const BEGINNING = 3;

/**
 * Says when a picture is acknowledged. Chrome sends the next one for each acknowledgement, but the first few for nothing:
 * those credits are kept back, so that from then on one picture at a time is under way.
 *
 * Chrome throws away what changes while no credit is left, and sends it not even after an acknowledgement: a page that
 * comes to rest in such a moment is shown as it was before. So where no picture follows the acknowledgement, the
 * screencast is begun anew, which sends a picture of the page as it is.
 */
export class Acknowledging {
    #owed = 0; // pictures that came and were not acknowledged
    #drawn = 0; // of them, those that were drawn
    #full = false; // all credits were taken once: the browser has that many
    #lastAck;
    #lastCame = -Infinity;
    #doubted = null; // the number of the acknowledgement that gave back the last credit; null: a picture came since
    #answeredAt = Infinity;
    #count = 0; // acknowledgements

    /** Of a screencast that was asked for at that time. `interval`: as below. */
    constructor(begun = -Infinity, interval = 0) {
        this.#lastAck = begun + (BEGINNING - 1) * interval;
    }

    came(now) {
        this.#lastCame = now;
        this.#owed += 1;
        this.#doubted = null;
        this.#answeredAt = Infinity;
        if (this.#owed >= CREDITS) this.#full = true;
    }

    drew() {
        this.#drawn += 1;
    }

    /** When the next acknowledgement may go; Infinity: after the next picture was drawn. */
    dueAt(interval) {
        if (this.#drawn === 0) return Infinity;
        const paced = this.#lastAck + interval;
        if (this.#owed >= CREDITS) return Math.max(paced, this.#lastCame);
        return this.#full ? Infinity : Math.max(paced, this.#lastCame + QUIET);
    }

    /** An acknowledgement goes. Returns its number, for answered(). */
    acknowledged(now) {
        if (this.#owed >= CREDITS) this.#doubted = this.#count + 1;
        this.#owed -= 1;
        this.#drawn -= 1;
        this.#lastAck = now;
        return ++this.#count;
    }

    /** The browser has taken the acknowledgement of that number. */
    answered(number, now) {
        if (number === this.#doubted) this.#answeredAt = now;
    }

    /** When the screencast is to begin anew, if no picture comes before; Infinity: what is shown is how the page is. */
    stalledAt(interval) {
        return this.#answeredAt === Infinity ? Infinity : Math.max(this.#answeredAt + SETTLED, this.#lastAck + interval);
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
