# How Homebrew builds microvm out of its source archive. packaging/homebrew/release makes that archive and writes this file beside it,
# with the archive's address and checksum in it; its version is in the archive's name.
class Microvm < Formula
  desc "Background service that owns your Linux microVMs, and its command line"
  homepage "@HOMEPAGE@"
  url "@URL@"
  sha256 "@SHA256@"
  license "Apache-2.0"

  depends_on "cli11" => :build
  depends_on "cmake" => :build
  depends_on "ninja" => :build
  depends_on "nlohmann-json" => :build
  depends_on "boost"
  depends_on "fmt"
  depends_on "openssl@3"
  depends_on "spdlog"
  depends_on "sqlitecpp"
  depends_on "yaml-cpp"

  # Not on Linux: the systemd unit that Homebrew writes there kills everything that the daemon has started, so that
  # "brew services stop" would end every VM. "microvmctl service install" and the Debian package do it right.
  depends_on :macos
  depends_on macos: :ventura
  depends_on "vfkit"

  def install
    system "cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DBUILD_TESTING=OFF", *std_cmake_args
    system "cmake", "--build", "build", "--target", "programs"
    bin.install %w[microvmd microvm-shim vfkit-qemu microvmctl].map { |name| "build/bin/#{name}" }
    generate_completions_from_executable(bin/"microvmctl", "completion")
  end

  # Homebrew's launchd jobs have no AbandonProcessGroup, no ExitTimeOut and no Unix socket. None is needed: every VM is in a session
  # of its own, which launchd leaves alone, the daemon ends within seconds, and it makes its socket itself.
  service do
    run [opt_bin/"microvmd", "--log-file", var/"log/microvmd.log"]
    run_at_load true
    keep_alive successful_exit: false
    process_type :interactive
    environment_variables PATH: std_service_path_env
    error_log_path var/"log/microvmd.early.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/microvmctl --version")
    assert_match version.to_s, shell_output("#{bin}/microvmd --version")
  end
end
