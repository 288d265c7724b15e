// The picture that the console reads, filled as the engine fills it: from a real core, its gate and
// a real order agent.
#include "tools/portcullis/trade/status.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/gateways/binance/agent_world.hpp"
#include "tests/sim/core_rig.hpp"
#include "tools/portcullis/console/answers.hpp"

namespace portcullis::tools {
namespace {

using gateways::binance::AgentWorld;
using testing::AllOf;
using testing::HasSubstr;

// What `console status --json` says of this order agent, beside a core that nothing has reached.
std::string told_of(const AgentWorld& world) {
    tests::MemoryJournal journal;
    tests::CoreRig<> rig(journal);
    CoreStatus status;
    fill_status(rig.core(), rig.gate(), *world.agent, tests::core_config(engine::Epoch{1}),
                tests::sim_config().strategies.size(), engine::WallNs{1}, status);
    const std::string path = testing::TempDir() + "portcullis-told-" + std::to_string(::getpid());
    ::unlink(path.c_str());
    EXPECT_TRUE(risk::KillPage::create(path).ok());
    auto page = risk::KillPage::open(path);
    EXPECT_TRUE(page.ok());
    ::unlink(path.c_str());
    return status_json(status, tests::sim_config(), page.value(), {});
}

TEST(Status, TellsWhatTheOrderAgentTellsOfItself) {
    AgentWorld world;
    world.start_ready();
    EXPECT_THAT(told_of(world),
                AllOf(HasSubstr("\"line_stopped\":false"), HasSubstr("\"symbols_uncovered\":0")));
    world.skip_one();
    world.submit();
    world.turn();
    EXPECT_THAT(told_of(world),
                AllOf(HasSubstr("\"line_stopped\":true"), HasSubstr("\"symbols_uncovered\":0")));
    world.results["openOrders.status"] =
        R"([{"symbol":"NO NAME","orderId":1,"clientOrderId":"thief","price":"1","origQty":"2","executedQty":"0","status":"NEW","side":"SELL"}])";
    world.push(engine::OpenOrdersRequest{world.now, engine::no_instrument, {}});
    world.turn(2);
    EXPECT_THAT(told_of(world),
                AllOf(HasSubstr("\"line_stopped\":true"), HasSubstr("\"symbols_uncovered\":1")));
}

}  // namespace
}  // namespace portcullis::tools
