// SPDX-License-Identifier: Apache-2.0
// The state of a verilated block, kept in memory: Verilator's save and restore without a file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/base/error.h"
#include "verilated_save.h"

namespace crosstile {

class RtlSnapshot {
 public:
  /// @tparam Verilated  a module verilated with --savable
  template <typename Verilated>
  void save(Verilated& model) {
    Writer writer(bytes_);
    writer << model;
    writer.flush();
  }
  template <typename Verilated>
  void restore(Verilated& model) {
    Reader reader(bytes_);
    reader >> model;
  }

 private:
  class Writer final : public VerilatedSerialize {
   public:
    explicit Writer(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {
      bytes_.clear();
      m_isOpen = true;
    }
    void flush() override {
      bytes_.insert(bytes_.end(), m_bufp, m_cp);
      m_cp = m_bufp;
    }

   private:
    std::vector<std::uint8_t>& bytes_;
  };
  class Reader final : public VerilatedDeserialize {
   public:
    explicit Reader(const std::vector<std::uint8_t>& bytes) : bytes_(bytes) {
      m_isOpen = true;
      m_endp = m_cp;
    }
    /// Keeps what isn't read yet, and fills up behind it.
    void fill() override {
      const auto left = static_cast<std::size_t>(m_endp - m_cp);
      std::copy(m_cp, m_endp, m_bufp);
      const std::size_t more = std::min(bytes_.size() - at_, bufferSize() - left);
      std::copy_n(bytes_.data() + at_, more, m_bufp + left);
      at_ += more;
      m_cp = m_bufp;
      m_endp = m_bufp + left + more;
    }

   private:
    const std::vector<std::uint8_t>& bytes_;
    std::size_t at_ = 0;
  };

  std::vector<std::uint8_t> bytes_;
};

}  // namespace crosstile
