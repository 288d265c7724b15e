// Bytes do not become an approval. Compiled twice by run.py: must, and with MUST_NOT_COMPILE must
// not.
#include <array>
#include <bit>

#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

using Bytes = std::array<unsigned char, sizeof(ApprovedOrder)>;
#ifdef MUST_NOT_COMPILE
// g++ says: bit_cast<ApprovedOrder>(.|\n)*trivially_copyable
ApprovedOrder test(const Bytes& bytes) {
    return std::bit_cast<ApprovedOrder>(bytes);
}
#endif
