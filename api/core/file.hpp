// Small files, whole.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/time.hpp"

namespace microvm {

/// The whole file. Errc::TooLarge when it is over `cap` bytes; a directory, a FIFO or an unreadable file is an error
/// too.
Result<std::string> readFile(const std::string& path, std::size_t cap);

/// Replaces `path` so that a reader, or a crash at any instant, sees the old or the new text whole: written beside it,
/// flushed to the disk, renamed, and the folder flushed, so that a power cut cannot bring the old one back. Mode 0600.
Result<void> writeFileAtomically(const std::string& path, std::string_view text);

/// The same without the flush: for what need not outlive a crash of the system, or must not wait for a disk.
Result<void> replaceFile(const std::string& path, std::string_view text);

/// Makes what was renamed to, made at or removed from `path` outlive a power cut.
Result<void> flushFolderOf(const std::string& path);

/// A point in time for the name of a file: "20261123T104052123Z".
std::string timeInName(Timestamp time);

/// What was written to the file is on the disk itself, and stays there when the power fails. 0, or -1 with errno.
int flushToDisk(int fd);
/// The same for many files of one file system, and for the folders that they are in, at little more than the cost of
/// one. Whatever else was written there may be flushed with them. A file that is gone needs nothing.
Result<void> flushTogether(const std::vector<std::string>& files);

/// Makes the folder and its parents, mode 0700. A folder that is there stays as it is.
Result<void> makeFolders(const std::string& path);

}  // namespace microvm
