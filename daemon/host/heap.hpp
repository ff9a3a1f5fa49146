// How the process gets its memory from the system, and gives it back.
#pragma once

namespace microvm {

/// At the start, before any other thread: what a large answer needed is given back with it, and threads share a heap.
void keepHeapSmall();
/// Gives back what has become free, after much was needed at once.
void shrinkHeap();

}  // namespace microvm
