// SPDX-License-Identifier: Apache-2.0
// Pooled, reference-counted objects: a simulation moves millions of packets, and each is taken from and given
// back to a free list instead of the heap. One kernel is one thread, so counts are plain integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace crosstile {

template <typename T>
struct PoolCore;
template <typename T>
class ObjectPool;
template <typename T>
class PoolRef;

/// Base of a pooled object T (as `struct T : Pooled<T>`); T has a `recycle()` that makes it as good as new.
template <typename T>
class Pooled {
 public:
  Pooled() = default;
  Pooled(const Pooled&) = delete;
  Pooled& operator=(const Pooled&) = delete;
  std::uint32_t references() const { return references_; }

 private:
  friend class ObjectPool<T>;
  friend class PoolRef<T>;
  std::uint32_t references_ = 0;
  PoolCore<T>* core_ = nullptr;
};

/// The free list. It outlives its pool for as long as objects are lent, so that modules may be destroyed in
/// any order.
template <typename T>
struct PoolCore {
  std::vector<T*> idle;
  std::size_t created = 0;
  std::size_t lent = 0;
  bool closed = false;
};

/// A counted reference to a pooled object; the last one gives it back.
template <typename T>
class PoolRef {
 public:
  PoolRef() = default;
  PoolRef(std::nullptr_t) {}  // NOLINT: implicit, like a pointer
  PoolRef(const PoolRef& o) : object_(o.object_) {
    if (object_ != nullptr) ++object_->references_;
  }
  PoolRef(PoolRef&& o) noexcept : object_(std::exchange(o.object_, nullptr)) {}
  PoolRef& operator=(PoolRef o) noexcept {
    std::swap(object_, o.object_);
    return *this;
  }
  ~PoolRef() { reset(); }

  void reset() {
    T* object = std::exchange(object_, nullptr);
    if (object == nullptr || --object->references_ != 0) return;
    PoolCore<T>* core = object->core_;
    --core->lent;
    if (!core->closed) {
      object->recycle();
      core->idle.push_back(object);  // capacity was reserved when the object was made
      return;
    }
    delete object;
    if (core->lent == 0) delete core;
  }

  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool operator==(const PoolRef& o) const { return object_ == o.object_; }
  bool operator!=(const PoolRef& o) const { return object_ != o.object_; }

 private:
  friend class ObjectPool<T>;
  explicit PoolRef(T* object) : object_(object) { ++object_->references_; }
  T* object_ = nullptr;
};

/// A pool of objects of type T (see Pooled).
template <typename T>
class ObjectPool {
 public:
  ObjectPool() : core_(new PoolCore<T>) {}
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;
  ~ObjectPool() {
    for (T* object : core_->idle) delete object;
    core_->idle.clear();
    core_->closed = true;
    if (core_->lent == 0) delete core_;
  }

  /// A recycled object, or a new one when all are lent.
  PoolRef<T> take() {
    T* object = nullptr;
    if (core_->idle.empty()) {
      if (core_->idle.capacity() <= core_->created) core_->idle.reserve(2 * core_->created + 16);
      object = new T;
      object->core_ = core_;
      ++core_->created;
    } else {
      object = core_->idle.back();
      core_->idle.pop_back();
    }
    ++core_->lent;
    return PoolRef<T>(object);
  }

  std::size_t lent() const { return core_->lent; }        ///< objects that somebody holds
  std::size_t created() const { return core_->created; }  ///< objects ever made

 private:
  PoolCore<T>* core_;
};

}  // namespace crosstile
