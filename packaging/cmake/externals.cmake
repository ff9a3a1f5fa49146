# The words behind @ in dependencies.txt. Boost is used header-only; Asio and Beast are compiled once, in a library each.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(doctest 2.4 REQUIRED)
find_package(SQLiteCpp REQUIRED)

add_library(external_asio STATIC packaging/cmake/boost/asio.cpp)
target_compile_definitions(external_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(external_asio PUBLIC Boost::headers Threads::Threads)

add_library(external_beast STATIC packaging/cmake/boost/beast.cpp)
target_compile_definitions(external_beast PUBLIC BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(external_beast PUBLIC external_asio)

set(external_fmt_target fmt::fmt)
set(external_log_target spdlog::spdlog)
set(external_asio_target external_asio)
set(external_beast_target external_beast)
set(external_json_target nlohmann_json::nlohmann_json)
set(external_cli_target CLI11::CLI11)
set(external_sqlite_target SQLiteCpp)
set(external_doctest_target doctest::doctest)
# yaml-cpp 0.7 exports no namespace, 0.8 does.
if(TARGET yaml-cpp::yaml-cpp)
  set(external_yaml_target yaml-cpp::yaml-cpp)
else()
  set(external_yaml_target yaml-cpp)
endif()
