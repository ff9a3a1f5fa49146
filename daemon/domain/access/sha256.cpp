#include "daemon/domain/access/sha256.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace microvm {
namespace {

constexpr std::size_t kBlock = 64;

constexpr std::array<std::uint32_t, 64> kRounds{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using Digest = std::array<std::uint32_t, 8>;

std::uint32_t wordAt(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i)
    word = (word << 8U) | static_cast<unsigned char>(bytes[at + i]);
  return word;
}

std::array<std::uint32_t, 64> scheduleOf(std::string_view block) {
  std::array<std::uint32_t, 64> words{};
  for (std::size_t i = 0; i < 16; ++i)
    words[i] = wordAt(block, 4 * i);
  for (std::size_t i = 16; i < words.size(); ++i) {
    const auto early = std::rotr(words[i - 15], 7) ^ std::rotr(words[i - 15], 18) ^ (words[i - 15] >> 3U);
    const auto late = std::rotr(words[i - 2], 17) ^ std::rotr(words[i - 2], 19) ^ (words[i - 2] >> 10U);
    words[i] = words[i - 16] + early + words[i - 7] + late;
  }
  return words;
}

void addBlock(Digest& digest, std::string_view block) {
  const auto words = scheduleOf(block);
  auto [a, b, c, d, e, f, g, h] = digest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto upper = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const auto lower = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const auto first = h + upper + ((e & f) ^ (~e & g)) + kRounds[i] + words[i];
    const auto second = lower + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const Digest added{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] += added[i];
}

/// A one bit, zeros, and the length in bits, so that blocks are whole.
std::string paddingOf(std::uint64_t size) {
  std::string padding(1, '\x80');
  while ((size + padding.size() + 8) % kBlock != 0)
    padding.push_back('\0');
  for (int shift = 56; shift >= 0; shift -= 8)
    padding.push_back(static_cast<char>(((size * 8) >> static_cast<unsigned>(shift)) & 0xffU));
  return padding;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Digest digest{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::string whole = std::string(bytes) + paddingOf(bytes.size());
  for (std::size_t at = 0; at < whole.size(); at += kBlock)
    addBlock(digest, std::string_view(whole).substr(at, kBlock));
  std::string text;
  for (const std::uint32_t word : digest) {
    for (int shift = 28; shift >= 0; shift -= 4)
      text.push_back(kDigits[(word >> static_cast<unsigned>(shift)) & 0xfU]);
  }
  return text;
}

}  // namespace microvm
