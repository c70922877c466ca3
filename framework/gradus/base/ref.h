#pragma once

namespace gradus {

/// An intrusive pointer: T supplies retain(T*) and release(T*), out of line, so that <memory> stays out of
/// user code.
template <class T> class Ref {
 public:
  Ref() = default;
  Ref(decltype(nullptr)) {}
  explicit Ref(T* p) : p_(p) {
    if (p_) retain(p_);
  }
  Ref(const Ref& o) : p_(o.p_) {
    if (p_) retain(p_);
  }
  Ref(Ref&& o) noexcept : p_(o.p_) { o.p_ = nullptr; }
  Ref& operator=(const Ref& o) {
    Ref copy(o);
    swap(copy);
    return *this;
  }
  Ref& operator=(Ref&& o) noexcept {
    Ref gone(static_cast<Ref&&>(o));
    swap(gone);
    return *this;
  }
  ~Ref() {
    if (p_) release(p_);
  }

  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  bool operator==(const Ref& o) const { return p_ == o.p_; }

 private:
  void swap(Ref& o) noexcept {
    T* p = p_;
    p_ = o.p_;
    o.p_ = p;
  }
  T* p_ = nullptr;
};

}  // namespace gradus
