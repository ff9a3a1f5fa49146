// One open database. Everything throws SQLite::Exception; Database catches. One thread at a time.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "api/core/result.hpp"

namespace microvm {

/// A prepared statement for one use: reset and unbound at the end, so that it holds no snapshot.
class Query {
public:
  explicit Query(SQLite::Statement& statement) : statement_(statement) {}
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  SQLite::Statement* operator->() { return &statement_; }
  /// The column's text. SQLite's own copy dies at the next step.
  std::string text(int column) { return statement_.getColumn(column).getString(); }

private:
  SQLite::Statement& statement_;
};

class Connection {
public:
  /// Opens the file (0600, made when absent), sets every pragma and reads it back. Errors as a Result: see failure.hpp.
  static Result<std::unique_ptr<Connection>> open(const std::string& path);

  /// Only opens a file that is there; see open().
  explicit Connection(const std::string& path);

  /// The statement for this text, prepared at its first use. The text must live as long as the connection.
  Query query(std::string_view sql);
  SQLite::Database& database() { return database_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// The operating system's error behind the last failure.
  int systemErrno();

  /// Remembers which files the database and its log are, once both are there.
  void noteFiles();
  /// Errc::Unavailable, with the way out, when one of them is not there any more or is another one: who removes or
  /// replaces them leaves us with files that nobody will find again. On any thread after noteFiles().
  [[nodiscard]] std::optional<Error> lossOfFiles() const;

private:
  struct File {
    std::string path;
    dev_t device;
    ino_t inode;
  };
  static std::optional<File> identify(const std::string& path);

  std::string path_;
  SQLite::Database database_;
  std::vector<File> files_;
  std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
};

}  // namespace microvm
