#pragma once
#include <cstdint>

namespace gradus::kernels {

// table is dense [rows, width], ids [count] (in [0, rows): the caller checks), out [count, width]; T is float
// or double.

/// out[i] = table[ids[i]]
template <class T>
void gather_rows(std::int64_t count, std::int64_t width, const T* table, const std::int64_t* ids, T* out);

/// dtable[ids[i]] += dout[i], for i in order: ids may repeat.
template <class T>
void scatter_add_rows(std::int64_t count, std::int64_t width, const T* dout, const std::int64_t* ids,
                      T* dtable);

}  // namespace gradus::kernels
