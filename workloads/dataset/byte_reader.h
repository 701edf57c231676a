// SPDX-License-Identifier: Apache-2.0
// The bytes of a file, unpacked when it is gzipped.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace crosstile {

class ByteReader {
 public:
  /// @throws BadInput naming the file when it can't be opened
  explicit ByteReader(std::string path);

  const std::string& path() const { return path_; }
  /// The next bytes, at most `count`, without consuming them.
  std::string peek(std::size_t count);
  /// The next `count` bytes. @throws BadInput saying that the file is truncated
  std::vector<unsigned char> read(std::size_t count);
  /// Everything that is left.
  std::string readAll();

 private:
  /// Appends up to `count` more bytes of the file to `ahead_`. @return how many
  std::size_t fill(std::size_t count);

  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::string ahead_;
};

}  // namespace crosstile
