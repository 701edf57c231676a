// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/dpi/cosim_chip.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "platform/app/session.h"
#include "workloads/execution/value_engine.h"

namespace crosstile::cosim {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

std::uint64_t toPs(const sc_core::sc_time& t) {
  return static_cast<std::uint64_t>(std::llround(t.to_seconds() * 1e12));
}

app::SessionOptions parse(const std::string& hardware, const std::string& network, const std::string& text) {
  app::SessionOptions options;
  CLI::App parser("options of crosstile_open");
  options.addDesignTo(parser);
  options.addDataTo(parser);
  try {
    parser.parse(text);
  } catch (const CLI::ParseError& error) {
    throw BadInput("crosstile_open: {}", error.what());
  }
  options.hardware = hardware;
  options.network = network;
  return options;
}

}  // namespace

/// A network mapped onto the chip, and the sequence that loads it.
struct CosimChip::Loaded {
  explicit Loaded(const app::SessionOptions& options) : session(options) {}
  app::Session session;
  std::unique_ptr<HostSequence> sequence;
};

CosimChip::CosimChip(const std::string& hardware, const std::string& network, const std::string& options) {
  const app::SessionOptions parsed = parse(hardware, network, options);
  if (!network.empty()) network_ = std::make_unique<Loaded>(parsed);
  const Hardware description = network_ ? network_->session.hardware : loadHardware(hardware, parsed.settings);
  auto store = std::make_shared<ArrayStore>(analogConfig(description));
  if (network_) {
    const app::Session& session = network_->session;
    const ValueEngine engine(session.program, *store, {parsed.seed, 0}, session.calibrationCodes());
    network_->sequence = std::make_unique<HostSequence>(
        makeChipImage(session.program, engine.trims(), description, parsed.seed, 0), description,
        [this](std::uint64_t address, void* data, std::size_t size) {
          if (!write(address, data, size)) throw RunFailure("load: the chip refuses a write to 0x{:x}", address);
          advance(periodPs_);
        });
  }
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  chip_ = std::make_unique<Chip>("chip", description, TimingMode::cycle, std::move(store));
  port_.toChip.bind(chip_->host.fromSystem);
  periodPs_ = toPs(chip_->mesh.clock().edge(1));
  start(sc_core::SC_ZERO_TIME);
  settle();
}

CosimChip::~CosimChip() = default;

/// Exceptions of processes come out of the kernel as reports; what the message says is the failure.
void CosimChip::start(const sc_core::sc_time& time) {
  failed_ = true;  // unless it comes back
  try {
    sc_core::sc_start(time);
  } catch (const sc_core::sc_report& report) {
    throw RunFailure(report.get_msg());
  }
  failed_ = false;
}

/// Brings the kernel to the testbench's time, with all that happens until and at that moment.
void CosimChip::settle() {
  const std::uint64_t kernel = toPs(sc_core::sc_time_stamp());
  if (nowPs_ > kernel) start(sc_core::sc_time(static_cast<double>(nowPs_ - kernel), sc_core::SC_PS));
  while (sc_core::sc_pending_activity_at_current_time()) start(sc_core::SC_ZERO_TIME);
  nextPs_ = sc_core::sc_pending_activity_at_future_time()
                ? nowPs_ + toPs(sc_core::sc_time_to_pending_activity())
                : kNever;
}

bool CosimChip::write(std::uint64_t address, const void* data, std::size_t size) {
  settle();
  const bool ok = access_.write(address, data, size);
  settle();
  return ok;
}

bool CosimChip::read(std::uint64_t address, void* data, std::size_t size) {
  settle();
  return access_.read(address, data, size);
}

bool CosimChip::waitInterrupt(std::uint64_t cycles) {
  const std::uint64_t end = cycles > (kNever - nowPs_) / periodPs_ ? kNever : nowPs_ + cycles * periodPs_;
  settle();
  while (!interrupt()) {
    if (nextPs_ == kNever) {
      std::string lines;
      for (const std::string& line : chip_->waiting()) lines += (lines.empty() ? "" : "; ") + line;
      throw RunFailure("no interrupt can come: {}", lines.empty() ? "the chip is idle" : "deadlock: " + lines);
    }
    const std::uint64_t to = std::min(nextPs_, end);
    advance(to - nowPs_);
    if (to == end && !interrupt()) return false;
  }
  return true;
}

void CosimChip::load(std::size_t images) {
  if (!network_) throw BadInput("crosstile_load: crosstile_open was given no network");
  network_->sequence->load();
  network_->sequence->configure(images);
  const auto status = static_cast<std::uint64_t>(Register::interruptStatus);
  while ((peek(status) & kInterruptProgrammed) == 0) {
    if (nextPs_ == kNever) throw RunFailure("load: nothing more happens before the chip is programmed");
    advance(nextPs_ - nowPs_);
  }
  const std::uint32_t clear = kInterruptProgrammed;
  write(status, &clear, 4);
}

void CosimChip::reset() {
  const std::uint32_t value = kControlReset;
  write(static_cast<std::uint64_t>(Register::control), &value, 4);
}

std::int64_t CosimChip::latency(std::size_t image) const {
  const auto& results = chip_->host.resultCycles();
  if (image >= results.size()) return -1;
  return static_cast<std::int64_t>(results[image] - chip_->host.submitCycles()[image]);
}

}  // namespace crosstile::cosim
