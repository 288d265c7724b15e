// Rings, the latest value of something (seqlock), and decimals.
#include <concurrentqueue/concurrentqueue.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

#include "bench/harness.hpp"
#include "engine/rings/seqlock.hpp"
#include "engine/rings/spsc_ring.hpp"
#include "engine/types/decimal.hpp"

namespace portcullis::bench {
namespace {

struct Item {
    std::uint64_t number{};
    std::array<std::uint64_t, 7> rest{};
};
static_assert(sizeof(Item) == 64);

struct Ours {
    engine::SpscRing<Item, 1024> ring;
    bool push(const Item& item) { return ring.try_push(item); }
    bool pop(Item& item) {
        return ring.try_consume([&](Item&& from) { item = from; });
    }
};
struct Boost {
    boost::lockfree::spsc_queue<Item, boost::lockfree::capacity<1024>> ring;
    bool push(const Item& item) { return ring.push(item); }
    bool pop(Item& item) { return ring.pop(item); }
};
struct Moodycamel {
    moodycamel::ConcurrentQueue<Item> ring{1024};
    bool push(const Item& item) { return ring.try_enqueue(item); }
    bool pop(Item& item) { return ring.try_dequeue(item); }
};

/// Spins, and gives the core away now and then: both sides may have to share one.
template <class F>
void until(F&& done) {
    for (int i = 1; !done(); ++i) {
        if (i % 1024 == 0) {
            std::this_thread::yield();
        } else {
            _mm_pause();
        }
    }
}

template <class Queue>
void round_trips(Bench& bench, const std::string& name) {
    if (!bench.wanted(name)) {
        return;
    }
    auto there = std::make_unique<Queue>();
    auto back = std::make_unique<Queue>();
    const std::size_t per_run = bench.count(50'000);
    std::thread echo([&] {
        Item item;
        for (std::size_t i = 0; i < per_run * bench.runs(); ++i) {
            until([&] { return there->pop(item); });
            until([&] { return back->push(item); });
        }
    });
    Runs runs(bench.runs());
    bool right = true;
    std::uint64_t number = 0;
    for (Ticks& ticks : runs) {
        ticks.resize(per_run);
        for (std::uint64_t& sample : ticks) {
            const Item sent{number++, {}};
            Item got;
            const std::uint64_t begin = ticks_before();
            until([&] { return there->push(sent); });
            until([&] { return back->pop(got); });
            sample = ticks_after() - begin;
            right = right && got.number == sent.number;
        }
    }
    echo.join();
    require(right, "a ring returned another item");
    bench.add(name, runs);
}

/// The latest value, in the ways to share it: each word of an item is the item's number.
struct BySeqlock {
    engine::Seqlock<Item> latest;
    void store(const Item& item) { latest.store(item); }
    [[nodiscard]] Item load() const { return latest.load(); }
};
template <class Mutex, class ReadLock>
struct ByLock {
    mutable Mutex mutex;
    Item latest;
    void store(const Item& item) {
        const std::lock_guard lock(mutex);
        latest = item;
    }
    [[nodiscard]] Item load() const {
        const ReadLock lock(mutex);
        return latest;
    }
};
using ByMutex = ByLock<std::mutex, std::lock_guard<std::mutex>>;
using BySharedMutex = ByLock<std::shared_mutex, std::shared_lock<std::shared_mutex>>;

Item numbered(std::uint64_t number) {
    Item item{number, {}};
    item.rest.fill(number);
    return item;
}
bool whole(const Item& item) {
    return std::all_of(item.rest.begin(), item.rest.end(),
                       [&item](std::uint64_t word) { return word == item.number; });
}

/// Stores of one thread while another does nothing but load: what a console costs the core.
template <class Shared>
void stores(Bench& bench, const std::string& name) {
    if (!bench.wanted(name)) {
        return;
    }
    auto shared = std::make_unique<Shared>();
    std::atomic<bool> done{false};
    bool torn = false;
    std::atomic<std::uint64_t> loads{0};
    std::thread reader([&] {
        for (std::uint64_t newest = 0; !done;) {
            const Item item = shared->load();
            torn = torn || !whole(item) || item.number < newest;
            newest = item.number;
            if (++loads % 1024 == 0) {
                std::this_thread::yield();
            }
        }
    });
    until([&] { return loads > 0; });
    std::uint64_t number = 0;
    Runs runs(bench.runs());
    for (Ticks& ticks : runs) {
        ticks.resize(bench.count(200'000));
        for (std::uint64_t& sample : ticks) {
            const Item item = numbered(++number);
            const std::uint64_t begin = ticks_before();
            shared->store(item);
            sample = ticks_after() - begin;
        }
    }
    until([&] { return shared->load().number == number; });
    done = true;
    reader.join();
    require(!torn, "a value was read that was never stored, or an older one after a newer one");
    bench.add(name, runs);
}

}  // namespace

void bench_seqlock(Bench& bench) {
    stores<BySeqlock>(bench, "seqlock.store");
    stores<ByMutex>(bench, "seqlock.store.mutex");
    stores<BySharedMutex>(bench, "seqlock.store.shared_mutex");
}

void bench_ring(Bench& bench) {
    round_trips<Ours>(bench, "ring.round_trip");
    round_trips<Boost>(bench, "ring.round_trip.boost");
    round_trips<Moodycamel>(bench, "ring.round_trip.moodycamel");
}

void bench_small(Bench& bench) {
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < 1024; ++i) {
        std::string cents = std::to_string(i * 37 % 100);
        cents.insert(0, 2 - cents.size(), '0');
        texts.push_back(std::to_string(61'000 + i) + "." + cents + "000000");
    }
    const auto from_chars = [](const std::string& text) {
        double value = 0;
        (void)std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    };
    for (const std::string& text : texts) {
        const engine::DecimalResult exact = engine::parse_decimal(text);
        require(exact.error == engine::DecimalError::none, "parse_decimal refuses a price");
        require(std::llround(from_chars(text) * 1e8) == exact.atoms, "from_chars differs");
        require(std::llround(std::strtod(text.c_str(), nullptr) * 1e8) == exact.atoms,
                "strtod differs");
    }
    const auto nothing = [](std::size_t) {};
    const auto text_of = [&](std::size_t i) -> const std::string& { return texts[i % 1024]; };
    bench.each(
        "decimal.parse", 20'000, nothing,
        [&](std::size_t i) { keep(engine::parse_decimal(text_of(i))); }, 64);
    bench.each(
        "decimal.parse.from_chars", 20'000, nothing,
        [&](std::size_t i) { keep(from_chars(text_of(i))); }, 64);
    bench.each(
        "decimal.parse.strtod", 20'000, nothing,
        [&](std::size_t i) { keep(std::strtod(text_of(i).c_str(), nullptr)); }, 64);
}

}  // namespace portcullis::bench
