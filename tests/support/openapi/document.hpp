// An OpenAPI 3.1 document as tests use it: its operations, and whether a value is what a schema says.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace microvm::test {

using Json = nlohmann::ordered_json;

/// One operation with the parameters of its path.
struct ApiOperation {
  std::string id;
  std::string method;  ///< "GET"
  std::string path;    ///< "/v1/vms/{name}"
  Json body;           ///< the operation object
  std::vector<Json> parameters;
};

/// Knows the keywords of JSON Schema that the document uses; any other keyword throws, so that none is passed over.
class OpenApi {
public:
  /// Throws when the file cannot be read or is not what its name says: .json, or YAML.
  explicit OpenApi(const std::string& path);

  [[nodiscard]] const Json& root() const { return root_; }
  [[nodiscard]] std::vector<ApiOperation> operations() const;
  /// What a "$ref" stands for, or the value itself. Throws when the target is missing.
  [[nodiscard]] const Json& resolve(const Json& value) const;
  /// What is wrong with the value, a line for each complaint with its place. With `closed` members that the schema does
  /// not name are wrong too, as they are in what the daemon itself says.
  [[nodiscard]] std::vector<std::string> complaints(const Json& value, const Json& schema, bool closed) const;
  /// Of the response that the operation documents for this status, its schema for this media type, or null.
  [[nodiscard]] Json responseSchema(const ApiOperation& operation, int status, const std::string& mediaType) const;

private:
  Json root_;
};

}  // namespace microvm::test
