// Markets beside the recorded one, for what it cannot show: TIGHTUSDT has every filter of a symbol,
// BAREUSDT allows little that can be forbidden, VOIDUSDT has nobody in its book, SHUTUSDT is not
// trading, LOANUSDT not on spot. MOVEUSDT trades by a timetable, so that orders there are met when it
// says.
//
// Each is a recording of one snapshot and of trades, made where the other recording begins: so it
// belongs to that session and ends with it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const filters = [
    { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '100000.00', tickSize: '0.01' },
    { filterType: 'LOT_SIZE', minQty: '0.01', maxQty: '1000.00', stepSize: '0.01' },
];
const tight = [
    { filterType: 'MARKET_LOT_SIZE', minQty: '0.10', maxQty: '50.00', stepSize: '0.10' },
    { filterType: 'MIN_NOTIONAL', minNotional: '10', applyToMarket: true, avgPriceMins: 5 },
    { filterType: 'PERCENT_PRICE', multiplierUp: '1.5', multiplierDown: '0.5', avgPriceMins: 5 },
    { filterType: 'ICEBERG_PARTS', limit: 10 },
    { filterType: 'TRAILING_DELTA', minTrailingAboveDelta: 10, maxTrailingAboveDelta: 2000, minTrailingBelowDelta: 10,
        maxTrailingBelowDelta: 2000 },
    { filterType: 'MAX_POSITION', maxPosition: '120' },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: 4 },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 2 },
    { filterType: 'MAX_NUM_ICEBERG_ORDERS', maxNumIcebergOrders: 1 },
    { filterType: 'MAX_NUM_ORDER_LISTS', maxNumOrderLists: 1 },
    { filterType: 'MAX_NUM_ORDER_AMENDS', maxNumOrderAmends: 1 },
];
const forbidden = { icebergAllowed: false, pegInstructionsAllowed: false, ocoAllowed: false, otoAllowed: false, opoAllowed: false,
    amendAllowed: false, cancelReplaceAllowed: false, orderTypes: ['LIMIT', 'LIMIT_MAKER'], allowedSelfTradePreventionModes: ['NONE'],
    defaultSelfTradePreventionMode: 'NONE' };
const book = { bids: [['100.00', '5.00'], ['99.00', '10.00']], asks: [['101.00', '5.00'], ['102.00', '10.00']] };
/// Trades at 101 buy, the others sell: 98 and 102 are never reached.
const wide = { bids: [['98.00', '1000.00']], asks: [['102.00', '1000.00']] };
const timetable = ['100.00', '101.00', '100.00', '99.00'];
const stepMs = 400;
const tradesMade = 1600;
const markets = [
    { base: 'TIGHT', more: tight, book, may: { quoteOrderQtyMarketAllowed: false } },
    { base: 'BARE', more: [], book, may: forbidden },
    { base: 'VOID', more: [{ filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 20 }], book: { bids: [], asks: [] }, may: { allowTrailingStop: false, opoAllowed: false } },
    { base: 'SHUT', more: [], book, may: { status: 'BREAK' } },
    { base: 'LOAN', more: [], book, may: { isSpotTradingAllowed: false } },
    { base: 'MOVE', more: [], book: wide, may: {}, trades: tradesMade },
];
export const madeAssets = markets.map(({ base }) => base);

/// Writes them into `dir`; their paths. `recording`: whose session they are of.
export function writeMadeMarkets(dir, recording) {
    const begin = BigInt(gunzipSync(readFileSync(recording)).subarray(0, 19).toString());
    return markets.map((market) => {
        const symbol = `${market.base}USDT`;
        const ms = Number(begin / 1000000n);
        const trade = (at) => {
            const time = ms + at * stepMs;
            const price = timetable[at % timetable.length];
            const data = { e: 'trade', E: time, s: symbol, t: at + 1, p: price, q: '10.00', T: time, m: price !== '101.00', M: true };
            return `${begin + BigInt(at * stepMs) * 1000000n + 1n} ${JSON.stringify({ stream: `${symbol.toLowerCase()}@trade`, data })}\n`;
        };
        const stem = join(dir, symbol.toLowerCase());
        writeFileSync(`${stem}.filters.json`, JSON.stringify({ symbol, baseAsset: market.base, quoteAsset: 'USDT', ...market.may,
            filters: [...filters, ...market.more] }));
        writeFileSync(`${stem}.tsjsonl`, `${begin} ${JSON.stringify({ lastUpdateId: 5, ...market.book })}\n${
            Array.from({ length: market.trades ?? 1 }, (_, at) => trade(at)).join('')}`);
        return `${stem}.tsjsonl`;
    });
}
