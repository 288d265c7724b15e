// Every mistake that a client can make and Binance documents, with the code and the text that it
// must be answered with: told once, made by each client in its own way.
//
// `apiOf(key)` of a client, the key being {kind, apiKey, secret}: get(verb, path, parameters), a
// request without a key; sign(verb, path, parameters); headed(headers), the same with these headers,
// if the client can; failure(error): {code, msg, status}, without a status where the client does not
// tell it; sendsEmpty: whether it sends a parameter that is empty.
import assert from 'node:assert/strict';

const symbol = 'BTCUSDT';
const [tight, bare, nobody, shut, margin] = ['TIGHTUSDT', 'BAREUSDT', 'VOIDUSDT', 'SHUTUSDT', 'LOANUSDT'];
const [stopLoss, takeProfit, maker] = ['STOP_LOSS', 'TAKE_PROFIT', 'LIMIT_MAKER'];

/// Steps of peer(), by dave, whose account they leave as it was. A text's "…" stands for anything.
export function mistakeSteps(venue, kind, apiOf) {
    const key = { kind, ...venue.keys[`dave${kind}`] };
    const api = apiOf(key);
    const rows = [...formMistakes(api), ...orderMistakes(api), ...listMistakes(api), ...filterMistakes(api),
        ...keyMistakes(venue, key, apiOf), ...venueMistakes(venue, api)];
    return rows.map(([code, text, act, status = 400]) => ['codes', `${code} ${text}`, async () => {
        const error = await act().then((got) => assert.fail(`answered ${JSON.stringify(got)}`), (e) => e);
        const told = api.failure(error);
        const pattern = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*');
        assert.deepEqual([told.code, told.status ?? status], [code, status], told.msg);
        assert.match(told.msg, new RegExp(`^${pattern}$`));
    }]);
}

const fields = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
/// A buy at 90: far below every market here.
const orderOf = (api) => (market, more = {}) => api.sign('POST', 'order',
    fields({ symbol: market, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 90, ...more }));
const market = { type: 'MARKET', timeInForce: undefined, price: undefined };
const waits = (type, more) => ({ side: 'SELL', type, timeInForce: undefined, price: undefined, ...more });

/// `first`, so many times, then what is the mistake; what is open afterwards is cancelled.
const after = (api, at, count, first, then) => async () => {
    try {
        let last;
        for (let i = 0; i < count; ++i) {
            last = await first();
        }
        return await then(last);
    } finally {
        await api.sign('DELETE', 'openOrders', { symbol: at });
    }
};

function formMistakes(api) {
    const order = orderOf(api);
    const btc = (more) => order(symbol, { quantity: 0.001, price: 60000, ...more });
    return [
        [-1014, 'Unsupported order combination.', () => order(tight, { icebergQty: 0.5, timeInForce: 'IOC' })],
        [-1020, 'This operation is not supported.', () => api.get('GET', 'nothing', {}), 404],
        [-1100, "Illegal characters found in parameter 'quantity'; legal range is '…'.", () => btc({ quantity: 'x' })],
        [-1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '…'.", () => btc({ newClientOrderId: 'a b' })],
        [-1101, "Too many parameters; expected '0' and received '1'.", () => api.get('GET', 'time', { a: 1 })],
        [-1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed.", () => btc({ quantity: undefined })],
        [-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.", () => api.sign('GET', 'myTrades', {})],
        [-1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!", () => order(tight, waits(stopLoss))],
        [-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
            () => api.sign('GET', 'order', { symbol })],
        [-1104, "Not all sent parameters were read; read '…' parameter(s) but was sent '…'.", () => btc({ nonsense: 1 })],
        ...(api.sendsEmpty ? [[-1105, "Parameter 'windowSize' was empty.", () => api.get('GET', 'ticker', { symbol, windowSize: '' })]] : []),
        [-1106, "Parameter 'timeInForce' sent when not required.", () => btc({ type: maker })],
        [-1106, "Parameter 'stopPrice' sent when not required.", () => btc({ stopPrice: 60000 })],
        [-1108, "Parameter 'strategyType' overflowed.", () => btc({ strategyType: 2147483648 })],
        [-1111, "Parameter 'price' has too much precision.", () => btc({ price: '60000.123456789' })],
        [-1115, 'Invalid timeInForce.', () => btc({ timeInForce: 'GTX' })],
        [-1116, 'Invalid orderType.', () => btc({ type: 'HOPE' })],
        [-1117, 'Invalid side.', () => btc({ side: 'HOLD' })],
        [-1120, 'Invalid interval.', () => api.get('GET', 'klines', { symbol, interval: '2m' })],
        [-1121, 'Invalid symbol.', () => api.get('GET', 'depth', { symbol: 'NOPE' })],
        [-1121, 'Invalid symbol.', () => order('NOPE')],
        [-1122, 'Invalid symbolStatus.', () => api.get('GET', 'ticker/price', { symbolStatus: 'OPEN' })],
        [-1127, 'More than 24 hours between startTime and endTime.',
            () => api.sign('GET', 'allOrders', { symbol, startTime: 1, endTime: 1483315200001 })],
        [-1128, 'Combination of optional parameters invalid.',
            () => api.sign('GET', 'myPreventedMatches', { symbol, orderId: 1, preventedMatchId: 1 })],
        [-1128, "Combination of optional fields invalid. Recommendation: 'pegOffsetType' and 'pegOffsetValue' must both be sent.",
            () => btc({ pegPriceType: 'PRIMARY_PEG', pegOffsetValue: 1 })],
        [-1130, "Data sent for parameter 'limit' is not valid.", () => api.get('GET', 'depth', { symbol, limit: 0 })],
        [-1130, "Data sent for parameter 'trailingDelta' is not valid.", () => order(tight, waits(stopLoss, { trailingDelta: 0 }))],
        [-1134, 'strategyType was less than 1000000.', () => btc({ strategyType: 999999 })],
        [-1139, 'Invalid ticker type.', () => api.get('GET', 'ticker/24hr', { symbol, type: 'HUGE' })],
        [-1145, 'Invalid cancelRestrictions',
            () => api.sign('DELETE', 'order', { symbol, orderId: 1, cancelRestrictions: 'X' })],
        [-1151, 'Symbol is present multiple times in the list.',
            () => api.get('GET', 'ticker/price', { symbols: '["BTCUSDT","BTCUSDT"]' })],
        [-1210, 'Invalid pegPriceType.', () => btc({ pegPriceType: 'BEST' })],
        [-1211, 'Invalid pegOffsetType.', () => btc({ pegPriceType: 'PRIMARY_PEG', pegOffsetType: 'X', pegOffsetValue: 1 })],
        [-1220, "The symbol's status does not match the requested symbolStatus.",
            () => api.get('GET', 'ticker/bookTicker', { symbol, symbolStatus: 'HALT' })],
        [-2043, "This symbol doesn't have a reference price.", () => api.get('GET', 'referencePrice', { symbol })],
    ];
}

function orderMistakes(api) {
    const order = orderOf(api);
    const amend = (at, newQty) => ({ orderId }) => api.sign('PUT', 'order/amend/keepPriority', { symbol: at, orderId, newQty });
    const replace = (more) => api.sign('POST', 'order/cancelReplace', { symbol: tight, side: 'BUY', type: maker, quantity: 1,
        cancelReplaceMode: 'STOP_ON_FAILURE', ...more });
    const no = (what) => `${what} orders are not supported for this symbol.`;
    return [
        [-2010, 'Account has insufficient balance for requested action.', () => order(symbol, { quantity: 100, price: 60000 })],
        [-2010, 'Order would immediately match and take.', () => order(tight, { type: maker, timeInForce: undefined, price: 101 })],
        [-2010, 'Order would trigger immediately.', () => order(tight, waits(stopLoss, { stopPrice: 105 }))],
        [-2010, 'IcebergQty exceeds QTY.', () => order(tight, { icebergQty: 2 })],
        [-2010, 'Duplicate order sent.', after(api, tight, 1, () => order(tight, { newClientOrderId: 'twice' }),
            () => order(tight, { newClientOrderId: 'twice' }))],
        [-2010, no('Market'), () => order(bare, market)],
        [-2010, no('Iceberg'), () => order(bare, { icebergQty: 0.5 })],
        [-2010, no('Stop loss'), () => order(bare, waits(stopLoss, { stopPrice: 90 }))],
        [-2010, no('Stop loss limit'), () => order(bare, { side: 'SELL', type: 'STOP_LOSS_LIMIT', stopPrice: 90 })],
        [-2010, no('Take profit'), () => order(bare, waits(takeProfit, { stopPrice: 110 }))],
        [-2010, no('Take profit limit'), () => order(bare, { side: 'SELL', type: 'TAKE_PROFIT_LIMIT', stopPrice: 110 })],
        [-2010, no('Trailing stop'), () => order(nobody, { side: 'SELL', type: 'STOP_LOSS_LIMIT', trailingDelta: 100 })],
        [-2010, no('Pegged'), () => order(bare, { pegPriceType: 'PRIMARY_PEG', price: undefined })],
        [-2010, no('SOR'), () => api.sign('POST', 'sor/order', { symbol, side: 'BUY', type: 'MARKET', quantity: 0.001 })],
        [-2010, 'Quote order qty market orders are not support for this symbol.',
            () => order(tight, { ...market, quantity: undefined, quoteOrderQty: 100 })],
        [-2010, 'Order cancel-replace is not supported for this symbol.', after(api, bare, 1, () => order(bare),
            ({ orderId }) => api.sign('POST', 'order/cancelReplace', { symbol: bare, side: 'BUY', type: maker, quantity: 1, price: 90,
                cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: orderId }))],
        [-2010, 'This symbol is not permitted for this account.', () => order(margin)],
        [-2010, 'This order type may not use pegged price.', () => order(tight, { ...market, pegPriceType: 'MARKET_PEG' })],
        [-2010, 'This price peg cannot be used with this order type.',
            () => order(tight, { type: maker, timeInForce: undefined, price: undefined, pegPriceType: 'MARKET_PEG' })],
        [-2010, 'Order book liquidity is too low for this pegged order.',
            () => order(nobody, { pegPriceType: 'PRIMARY_PEG', price: undefined })],
        [-2010, 'Order book liquidity is less than symbol minimum quantity.',
            () => order(nobody, { ...market, quantity: undefined, quoteOrderQty: 100 })],
        [-2011, 'Unknown order sent.', () => api.sign('DELETE', 'order', { symbol, orderId: 999999 })],
        [-2011, 'Unknown order sent.', () => api.sign('DELETE', 'openOrders', { symbol: tight })],
        [-2011, 'Order was not canceled due to cancel restrictions.', after(api, tight, 1, () => order(tight), ({ orderId }) =>
            api.sign('DELETE', 'order', { symbol: tight, orderId, cancelRestrictions: 'ONLY_PARTIALLY_FILLED' }))],
        [-2013, 'Order does not exist.', () => api.sign('GET', 'order', { symbol, orderId: 999999 })],
        [-2021, 'Order cancel-replace partially failed.', after(api, tight, 2, () => order(tight),
            ({ orderId }) => replace({ cancelOrderId: orderId, price: 101 })), 409],
        [-2022, 'Order cancel-replace failed.', () => replace({ cancelOrderId: 999999, price: 90 })],
        [-2038, 'Order amend is not supported for this symbol.', after(api, bare, 1, () => order(bare), amend(bare, 0.5))],
        [-2038, 'Order amend (quantity increase) is not supported.', after(api, tight, 1, () => order(tight), amend(tight, 2))],
        [-2038, 'The requested action would change no state; rejecting', after(api, tight, 1, () => order(tight), amend(tight, 1))],
        [-2038, 'Filter failure: MAX_NUM_ORDER_AMENDS', after(api, tight, 1, async () => {
            const placed = await order(tight);
            await amend(tight, 0.8)(placed);
            return placed;
        }, amend(tight, 0.5))],
        [-2039, 'Client order ID is not correct for this order ID.', after(api, tight, 1, () => order(tight),
            ({ orderId }) => api.sign('GET', 'order', { symbol: tight, orderId, origClientOrderId: 'another' }))],
    ];
}

function listMistakes(api) {
    const oco = (side, more, at = tight) => api.sign('POST', 'orderList/oco', fields({ symbol: at, side, quantity: 1, ...more }));
    const other = (kind, more, at = tight) => api.sign('POST', `orderList/${kind}`, fields({ symbol: at, workingType: 'LIMIT',
        workingSide: 'BUY', workingTimeInForce: 'GTC', workingQuantity: 1, workingPrice: 90, pendingType: 'MARKET',
        pendingSide: 'SELL', ...more }));
    const above = (aboveType, at) => ({ aboveType, [aboveType === maker ? 'abovePrice' : 'aboveStopPrice']: at });
    const below = (belowType, at) => ({ belowType, [belowType === maker ? 'belowPrice' : 'belowStopPrice']: at });
    const right = { ...above(maker, 110), ...below(stopLoss, 90) };
    return [
        [-1158, 'Order type not supported in OCO.', () => oco('SELL', { ...above(maker, 110), belowType: 'MARKET' })],
        [-1160, "Parameter 'belowIcebergQty' is not supported if 'belowTimeInForce' is not GTC.", () => oco('SELL', { ...above(maker, 110),
            ...below('STOP_LOSS_LIMIT', 90), belowPrice: 89, belowTimeInForce: 'IOC', belowIcebergQty: 0.5 })],
        [-1165, 'A limit order in a buy OCO must be below.', () => oco('BUY', right)],
        [-1166, 'A limit order in a sell OCO must be above.', () => oco('SELL', { ...above(stopLoss, 110), ...below(maker, 90) })],
        [-1168, 'At least one OCO order must be contingent.', () => oco('SELL', { ...above(maker, 110), ...below(maker, 90) })],
        [-1196, 'A stop loss order in a buy OCO must be above.', () => oco('BUY', { ...above(stopLoss, 110), ...below(stopLoss, 90) })],
        [-1197, 'A stop loss order in a sell OCO must be below.', () => oco('SELL', { ...above(stopLoss, 110), ...below(stopLoss, 90) })],
        [-1198, 'A take profit order in a buy OCO must be below.',
            () => oco('BUY', { ...above(takeProfit, 110), ...below(stopLoss, 90) })],
        [-1199, 'A take profit order in a sell OCO must be above.', () => oco('SELL', { ...above(maker, 110), ...below(takeProfit, 90) })],
        [-1222, 'Working order in an OPO list must be a bid.', () => other('opo', { workingSide: 'SELL', workingPrice: 110 })],
        [-1223, 'Pending orders in an OPO list must be asks.', () => other('opo', { pendingSide: 'BUY' })],
        [-1225, "Pending orders should not include the 'pendingQuantity' tag.", () => other('opo', { pendingQuantity: 1 })],
        [-2010, 'The relationship of the prices for the orders is not correct.',
            () => oco('SELL', { ...above(maker, 99), ...below(stopLoss, 90) })],
        [-2010, 'OCO orders are not supported for this symbol', () => oco('SELL', right, bare)],
        [-2010, 'OTO orders are not supported for this symbol.', () => other('oto', { pendingQuantity: 1 }, bare)],
        [-2010, 'OPO orders are not supported for this symbol.', () => other('opo', { pendingType: maker, pendingPrice: 110 }, nobody)],
        [-2011, 'Unknown order sent.', () => api.sign('DELETE', 'orderList', { symbol: tight, orderListId: 999999 })],
        [-2013, 'Order does not exist.', () => api.sign('GET', 'orderList', { orderListId: 999999 })],
        [-2038, 'Order amend (pending OPO order) is not supported.', after(api, tight, 1,
            () => other('opo', { pendingType: maker, pendingPrice: 110 }), ({ orders }) => api.sign('PUT', 'order/amend/keepPriority',
                { symbol: tight, orderId: Math.max(...orders.map((row) => Number(row.orderId))), newQty: 0.5 }))],
        [-1013, 'Filter failure: MAX_NUM_ORDER_LISTS', after(api, tight, 1, () => oco('SELL', right), () => oco('SELL', right))],
    ];
}

function filterMistakes(api) {
    const order = orderOf(api);
    const failed = (name) => `Filter failure: ${name}`;
    return [
        [-1013, failed('PRICE_FILTER'), () => order(tight, { price: 90.001 })],
        [-1013, failed('PERCENT_PRICE'), () => order(tight, { price: 40 })],
        [-1013, failed('PERCENT_PRICE_BY_SIDE'), () => order(symbol, { quantity: 0.01, price: 1000 })],
        [-1013, failed('LOT_SIZE'), () => order(tight, { quantity: 1.001 })],
        [-1013, failed('MARKET_LOT_SIZE'), () => order(tight, { ...market, quantity: 0.15 })],
        [-1013, failed('MIN_NOTIONAL'), () => order(tight, { quantity: 0.05 })],
        [-1013, failed('NOTIONAL'), () => order(symbol, { quantity: 0.00001, price: 60000 })],
        [-1013, failed('ICEBERG_PARTS'), () => order(tight, { icebergQty: 0.05 })],
        [-1013, failed('TRAILING_DELTA'), () => order(tight, waits(stopLoss, { trailingDelta: 5 }))],
        [-1013, failed('MAX_POSITION'), () => order(tight, { quantity: 50 })],
        [-1013, failed('MAX_NUM_ORDERS'), after(api, tight, 4, () => order(tight), () => order(tight))],
        [-1013, failed('MAX_NUM_ALGO_ORDERS'), after(api, tight, 2, () => order(tight, waits(stopLoss, { stopPrice: 90 })),
            () => order(tight, waits(stopLoss, { stopPrice: 90 })))],
        [-1013, failed('MAX_NUM_ICEBERG_ORDERS'), after(api, tight, 1, () => order(tight, { icebergQty: 0.5 }),
            () => order(tight, { icebergQty: 0.5 }))],
        [-1013, 'This symbol does not allow the specified self-trade prevention mode.',
            () => order(bare, { selfTradePreventionMode: 'EXPIRE_BOTH' })],
        [-1013, 'Market is closed.', () => order(shut)],
        [-1013, 'Invalid quantity.', () => order(tight, { quantity: 0 })],
        [-1013, 'Invalid price.', () => order(tight, { price: 0 })],
    ];
}

/// Of the exchange's filters there are few: erin's account is for reaching them.
function exchangeFilterMistakes(erin) {
    const order = orderOf(erin);
    const many = (count, place) => after(erin, nobody, count, place, place);
    return [
        [-1013, 'Filter failure: EXCHANGE_MAX_NUM_ORDERS', many(45, () => order(nobody))],
        [-1013, 'Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS', many(8, () => order(nobody, waits(stopLoss, { stopPrice: 90 })))],
        [-1013, 'Filter failure: EXCHANGE_MAX_NUM_ICEBERG_ORDERS', many(5, () => order(nobody, { icebergQty: 0.5 }))],
        [-1013, 'Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS', many(3, () => erin.sign('POST', 'orderList/oco', { symbol: nobody,
            side: 'SELL', quantity: 1, aboveType: maker, abovePrice: 110, belowType: stopLoss, belowStopPrice: 90 }))],
        [-1013, 'Filter failure: MAX_ASSET', () => order(nobody, { quantity: 31 })],
    ];
}

function keyMistakes(venue, key, apiOf) {
    const account = (of) => apiOf(of).sign('GET', 'account', {});
    const refused = 'Invalid API-key, IP, or permissions for action.';
    return [
        [-1022, 'Signature for this request is not valid.', () => account({ ...venue.keys.bob, kind: 'HMAC', apiKey: key.apiKey })],
        [-2014, 'API-key format invalid.', () => account({ ...key, apiKey: 'short' }), 401],
        [-2015, refused, () => account({ ...key, apiKey: 'a'.repeat(64) }), 401],
        [-2015, refused, () => orderOf(apiOf({ ...venue.keys.reader, kind: 'HMAC' }))(symbol), 401],
        [-2015, refused, () => account({ ...venue.keys.elsewhere, kind: 'HMAC' }), 401],
        // Too many orders, and those that only the exchange forbids, by accounts of their own.
        [-1015, 'Too many new orders; current limit is 200 orders per 10 SECOND.', async () => {
            const hasty = apiOf({ ...venue.keys.carol, kind: 'HMAC' });
            for (;;) {
                const answers = await Promise.allSettled(Array.from({ length: 40 },
                    () => orderOf(hasty)(symbol, { quantity: 0.001, price: 60000 })));
                if (answers.some(({ status }) => status === 'fulfilled')) {
                    await hasty.sign('DELETE', 'openOrders', { symbol });
                }
                const no = answers.find(({ status }) => status === 'rejected');
                if (no !== undefined) {
                    throw no.reason;
                }
            }
        }, 429],
        ...(key.kind === 'HMAC' ? exchangeFilterMistakes(apiOf({ ...venue.keys.erin, kind: 'HMAC' })) : []),
    ];
}

/// What is wrong with the time, with the headers, or with the venue.
function venueMistakes(venue, api) {
    const control = async (line) => assert.match(await venue.control(line), /^ok/);
    const during = (on, off, act) => async () => {
        await control(on);
        try {
            return await act();
        } finally {
            await control(off);
        }
    };
    const account = () => api.sign('GET', 'account', {});
    const order = orderOf(api);
    const banned = (warnings, act) => during(`fault on ban venue warnings=${warnings}`, 'fault off ban venue', act);
    return [
        [-1021, 'Timestamp for this request is outside of the recvWindow.', during('clock skew 70000', 'clock skew 0', account)],
        [-1021, "Timestamp for this request was 1000ms ahead of the server's time.", during('clock skew -5000', 'clock skew 0', account)],
        [-1001, 'Internal error; unable to process your request. Please try again.',
            during('fault once error-before-accept rest', 'fault off all', () => order(tight)), 503],
        [-1007, 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
            after(api, tight, 1, () => order(tight), during('fault once error-after-accept rest', 'fault off all', () => order(tight))), 504],
        [-1003, 'Too much request weight used; current limit is 6000 request weight per 1 MINUTE. …', banned(1000, account), 429],
        [-1003, 'Way too much request weight used; IP banned until …. …', banned(0, account), 418],
        ...(api.headed === undefined ? [] : [
            [-1155, 'SBE is not enabled.', () => api.headed({ Accept: 'application/sbe' }).get('GET', 'time', {}), 406],
            [-1194, 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.',
                () => api.headed({ 'X-MBX-TIME-UNIT': 'SECOND' }).get('GET', 'time', {})],
        ]),
    ];
}
