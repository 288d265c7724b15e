// OpenSSL's small blocks from lists instead of the heap. OpenSSL 3 takes a few of some dozen bytes
// for each TLS record and gives them back at once; on the path of an order the heap may lock.
#pragma once

namespace portcullis::gateways {

/// From now on OpenSSL's blocks of up to 1 KiB are kept by the thread that frees them, some of each
/// size, and taken from there. Call first in main(). False: OpenSSL has taken memory before, or a
/// sanitizer is to see its blocks; it goes on with the heap.
bool pool_openssl_memory() noexcept;

}  // namespace portcullis::gateways
