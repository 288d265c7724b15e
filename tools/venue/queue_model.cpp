#include "tools/venue/queue_model.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

QtyAtoms TradeSweep::at_price(QtyAtoms& ahead, QtyAtoms open_qty) {
    verify(ahead >= QtyAtoms{0});
    verify(open_qty > QtyAtoms{0});
    const QtyAtoms wanted = std::max(QtyAtoms{0}, ahead - recorded_used_);
    const QtyAtoms to_recorded = std::min(left_, wanted);
    left_ -= to_recorded;
    recorded_used_ += to_recorded;
    ahead -= std::min(ahead, recorded_used_);
    const QtyAtoms fill = std::min(left_, open_qty);
    left_ -= fill;
    return fill;
}

QtyAtoms TradeSweep::through_price(QtyAtoms& ahead, QtyAtoms open_qty) {
    verify(open_qty > QtyAtoms{0});
    ahead = QtyAtoms{0};
    const QtyAtoms fill = std::min(left_, open_qty);
    left_ -= fill;
    return fill;
}

void shorten_queue(QtyAtoms& ahead, QtyAtoms level_qty) {
    verify(level_qty >= QtyAtoms{0});
    ahead = std::min(ahead, level_qty);
}

}  // namespace portcullis::tools::venue
